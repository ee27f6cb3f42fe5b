import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { broaderRequest } from "../../../src/domain/monitoring/detectors/broaderRequest.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, days, decision, START, watch } from "./watching.ts";

const asks = (day: number, scopes: readonly string[], more: Partial<WatchedDecision> = {}) =>
  decision({ at: START + day * DAY, kind: "GRANT", scopesAsked: scopes, ...more });
/** Two months of a client that reads observations and conditions, of another that also reads encounters. */
const known = () => {
  const watched = watch(broaderRequest);
  const other = { clientId: "portal", kind: "GRANT", scopesAsked: ["patient/Encounter.rs"] } as const;
  const app = { kind: "GRANT", scopesAsked: ["patient/Observation.rs", "patient/Condition.rs", "openid"] } as const;
  assert.deepEqual(watched.see(days(60, () => [app, other])), []);
  return watched;
};

describe("BROADER_REQUEST", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], told: readonly string[]];
  const cases: readonly Case[] = [
    ["what it always asks for is not told", [asks(60, ["patient/Observation.rs"])], []],
    ["nor a part of it", [asks(60, ["patient/Observation.r", "patient/Condition.rs?category=problem-list-item"])], []],
    ["nor the same in the letters of version 1", [asks(60, ["patient/Observation.read"])], []],
    ["one more type is told", [asks(60, ["patient/Observation.rs", "patient/Immunization.rs"])], ["LOW 15"]],
    ["one that other clients ask for is half of it", [asks(60, ["patient/Encounter.rs"])], ["LOW 8"]],
    ["of shared types little", [asks(60, ["patient/Organization.rs"])], ["LOW 3"]],
    ["under a constraint half", [asks(60, ["patient/DocumentReference.rs?type=http://loinc.org|34133-9"])], ["LOW 8"]],
    ["the first write is told with more", [asks(60, ["patient/Observation.rus"])], ["MEDIUM 60"]],
    [
      "however many scopes are named before it",
      [asks(60, [...Array.from({ length: 900 }, (_, n) => `patient/Observation.rs?code=${n}`), "patient/*.rs"])],
      ["MEDIUM 100"],
    ],
    ["the first wildcard with most", [asks(60, ["patient/*.rs"])], ["MEDIUM 100"]],
    [
      "a scope that reaches more people than one patient at a time is told with most",
      [asks(60, ["system/Observation.rs"])],
      ["MEDIUM 85"],
    ],
    ["so is one for what a person may see", [asks(60, ["user/Observation.rs"])], ["MEDIUM 85"]],
    ["it is told once", [60, 60, 61, 66, 67, 70, 100].map((day) => asks(day, ["patient/Immunization.rs"])), ["LOW 15"]],
    ["what was not asked for in 90 days is told again", [asks(151, ["patient/Observation.rs"])], ["LOW 15"]],
    ["a token's scopes count as well", [asks(60, ["patient/Immunization.rs"], { kind: "ACCESS" })], ["LOW 15"]],
    ["and what was denied", [asks(60, ["patient/Immunization.rs"], { outcome: "DENY" })], ["LOW 15"]],
    [
      "under a grant of yesterday it is for information",
      [asks(60, ["patient/Immunization.rs"], { widened: { at: START + 59 * DAY, by: null } })],
      ["INFO 0"],
    ],
    [
      "scopes by name, protocol scopes and what is no scope are not its business",
      [asks(60, ["view_notes", "launch/patient", "patient/Observation."])],
      [],
    ],
  ];
  for (const [promise, decisions, told] of cases)
    test(promise, () => {
      const findings = known().see(decisions);
      assert.deepEqual(
        findings.map(({ severity, points }) => `${severity} ${points}`),
        told,
      );
    });

  test("of a client younger than seven days it is for information", () => {
    const scopes = ["patient/Observation.rs", "patient/Condition.rs", "patient/Immunization.rs"];
    const findings = watch(broaderRequest).see([0, 3, 8].map((day, i) => asks(day, scopes.slice(i, i + 1))));
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["INFO", "LOW"],
    );
  });

  test("what is told is not known before seven days, neither of the client nor of others", () => {
    const watched = known();
    watched.see([60, 62, 66].map((day) => asks(day, ["patient/*.rs"])));
    const { asked } = watched.baselines.get("CLIENT app") as { readonly asked: readonly { readonly scope: string }[] };
    assert.deepEqual(asked.map(({ scope }) => scope).sort(), ["patient/Condition.rs", "patient/Observation.rs"]);
    const [other] = watched.see([asks(66, ["patient/*.rs"], { clientId: "portal" })]);
    assert.match(other?.sentence ?? "", /no other client asks for the same/);
  });

  test("that others reach as far makes it no smaller a step; who reaches so far already takes none", () => {
    const watched = known();
    const system = { clientId: "lab", kind: "GRANT", scopesAsked: ["system/Observation.rs"] } as const;
    watched.see(days(30, () => [system], START + 60 * DAY));
    const points = (scopes: readonly string[], clientId: string) =>
      watched.see([asks(90, scopes, { clientId })])[0]?.points;
    assert.equal(points(["system/Observation.rs"], "app"), 78);
    assert.equal(points(["user/Encounter.rs"], "lab"), 15);
  });

  test("says what is beyond, and that it is the first of its kind", () => {
    const [finding] = known().see([asks(60, ["patient/*.rs", "patient/Observation.cud", "patient/Condition.rs"])]);
    assert.equal(
      finding?.sentence,
      "app asked for patient/*.rs and 1 more scope, which is beyond all it asked for in 90 days, for the first time all types of data and changing data; no other client asks for the same.",
    );
  });
});
