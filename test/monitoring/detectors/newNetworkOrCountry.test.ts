import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newNetworkOrCountry } from "../../../src/domain/monitoring/detectors/newNetworkOrCountry.ts";
import type { NetworkPlace, WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, days, decision, START, watch } from "./watching.ts";

const hospital: NetworkPlace = { network: "192.0.2.0/24", autonomousSystem: 64_496, country: "CH" };
const home: NetworkPlace = { network: "198.51.100.0/24", autonomousSystem: 64_500, country: "CH" };
const away: NetworkPlace = { network: "203.0.113.0/24", autonomousSystem: 64_511, country: "BR" };
const at = (day: number, place: NetworkPlace | null, more: Partial<WatchedDecision> = {}) =>
  decision({ at: START + day * DAY, place, ...more });
/** Two months of Nina at the hospital, and of Otto who also works at home. */
const known = () => {
  const watched = watch(newNetworkOrCountry);
  const otto = { subject: { type: "user", id: "otto" }, clientId: "portal" };
  assert.deepEqual(
    watched.see(days(60, () => [{ place: hospital }, { place: hospital, ...otto }, { place: home, ...otto }])),
    [],
  );
  return watched;
};
const told = (watched: ReturnType<typeof watch>, decisions: readonly WatchedDecision[]) =>
  watched.see(decisions).map(({ entity, severity, points }) => `${entity.kind} ${severity} ${points}`);

describe("NEW_NETWORK_OR_COUNTRY", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], findings: readonly string[]];
  const cases: readonly Case[] = [
    ["the place as usual is not told", [at(60, hospital)], []],
    ["a new country is told of client and person", [at(60, away)], ["CLIENT MEDIUM 70", "SUBJECT MEDIUM 70"]],
    [
      "of a client that acts as itself, of it alone, and as a key in other hands",
      [at(60, away, { subject: null })],
      ["CLIENT HIGH 100"],
    ],
    [
      "its new network in the same country is not that",
      [at(60, { ...hospital, network: "192.0.3.0/24" }, { subject: null })],
      ["CLIENT LOW 14"],
    ],
    ["it is told once", [at(60, away), at(60, away), at(61, away)], ["CLIENT MEDIUM 70", "SUBJECT MEDIUM 70"]],
    ["a network that others come from is little", [at(60, home)], ["CLIENT LOW 12", "SUBJECT LOW 12"]],
    [
      "a new network of the same provider is less",
      [at(60, { ...hospital, network: "192.0.3.0/24" })],
      ["CLIENT LOW 14", "SUBJECT LOW 14"],
    ],
    [
      "an unknown place is not told",
      [at(60, null), at(60, { network: null, autonomousSystem: null, country: null })],
      [],
    ],
    ["what was denied is not told", [at(60, away, { outcome: "DENY" })], []],
    [
      "under a grant of yesterday it is for information",
      [at(60, away, { widened: { at: START + 59 * DAY, by: null } })],
      ["CLIENT INFO 0", "SUBJECT INFO 0"],
    ],
  ];
  for (const [promise, decisions, findings] of cases)
    test(promise, () => assert.deepEqual(told(known(), decisions), findings));

  test("a country that others come from is no sign of a stolen key, nor is one of a client that is often elsewhere", () => {
    const watched = known();
    watched.see(days(9, () => [{ place: away, clientId: "portal", subject: null }], START + 61 * DAY));
    assert.deepEqual(told(watched, [at(71, away, { subject: null })]), ["CLIENT LOW 23"]);
    const rover = watch(newNetworkOrCountry);
    rover.see(days(60, (day) => [{ subject: null, place: { ...away, country: `${day % 26}` } }]));
    const [finding] = rover.see([at(60, { ...away, country: "XX" }, { subject: null })]);
    assert.ok(finding !== undefined && finding.severity !== "HIGH", JSON.stringify(finding));
  });

  test("a network is remembered for 30 days, a country for 90", () => {
    const back = known().see([at(100, hospital)]);
    assert.match(back[0]?.sentence ?? "", /^app came from the network 192\.0\.2\.0\/24 for the first time in 30 days/);
    assert.match(
      known().see([at(160, hospital)])[0]?.sentence ?? "",
      /^app came from the country CH for the first time in 90 days/,
    );
  });

  test("somebody who is often somewhere else gets few points", () => {
    const watched = watch(newNetworkOrCountry);
    const of = (day: number) => ({ place: { network: `10.0.${day}.0/24`, autonomousSystem: day, country: null } });
    watched.see(days(60, (day) => [of(day)]));
    assert.ok((watched.see([at(60, away)])[0]?.points ?? 99) <= 10);
  });

  test("one that is told is not usual within seven days, for nobody", () => {
    const watched = known();
    const sizes = () =>
      ["CLIENT app", "SUBJECT user/nina", "ROLE *"].map(
        (key) => (watched.baselines.get(key) as { readonly seen: string }).seen.length,
      );
    const before = sizes();
    watched.see([60, 63, 66].map((day) => at(day, away)));
    assert.deepEqual(sizes(), before);
  });

  test("says where, and whether others come from there", () => {
    assert.equal(
      known().see([at(60, away)])[1]?.sentence,
      "This person came from the country BR for the first time in 90 days, and nobody else does; there is something new about every 124 days.",
    );
    assert.match(known().see([at(60, home)])[1]?.sentence ?? "", /for the first time in 90 days, as others do;/);
  });
});
