import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newPurposeOrOrganization } from "../../../src/domain/monitoring/detectors/newPurposeOrOrganization.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { purpose } from "../../support/oneForm.ts";
import { DAY, days, decision, START, watch } from "./watching.ts";

const at = (day: number, more: Partial<WatchedDecision> = {}) => decision({ at: START + day * DAY, ...more });
const twoMonths = () => {
  const watched = watch(newPurposeOrOrganization);
  assert.deepEqual(watched.see(days(60, () => [{}, { purposeOfUse: "HPAYMT" }])), []);
  return watched;
};

describe("NEW_PURPOSE_OR_ORGANIZATION", () => {
  type Case = readonly [promise: string, access: Partial<WatchedDecision>, told: readonly string[]];
  const cases: readonly Case[] = [
    ["a purpose as usual is not told", { purposeOfUse: "HPAYMT" }, []],
    ["a new purpose of treatment, payment or operations is told", { purposeOfUse: "HOPERAT" }, ["LOW 35"]],
    ["so is one below them, and an emergency", { purposeOfUse: "CLMATTCH" }, ["LOW 35"]],
    ["an emergency is no more than that", { purposeOfUse: "BTG" }, ["LOW 35"]],
    ["a purpose beyond them is told with most", { purposeOfUse: "HMARKT" }, ["LOW 87"]],
    ["so is one that is not of HL7", { purposeOfUse: purpose("curiosity") }, ["LOW 87"]],
    ["a new organization is told", { organization: "north" }, ["LOW 35"]],
    ["both count", { purposeOfUse: "HOPERAT", organization: "north" }, ["LOW 70"]],
    ["a purpose that is called as an organization is another thing", { purposeOfUse: purpose("general") }, ["LOW 87"]],
    ["no purpose is nothing new", { purposeOfUse: null }, []],
    ["what was denied is not told", { purposeOfUse: "HRESCH", outcome: "DENY" }, []],
    [
      "under a grant of yesterday it is for information",
      { purposeOfUse: "HRESCH", widened: { at: START + 59 * DAY, by: null } },
      ["INFO 0"],
    ],
  ];
  for (const [promise, access, told] of cases)
    test(promise, () => {
      const findings = twoMonths().see([at(60, access)]);
      assert.deepEqual(
        findings.map(({ severity, points }) => `${severity} ${points}`),
        told,
      );
    });

  test("a client that works for ever new organizations gets few points for one", () => {
    const watched = watch(newPurposeOrOrganization);
    watched.see(days(60, (day) => [{ organization: `o-${day}` }]));
    assert.ok((watched.see([at(60, { organization: "north" })])[0]?.points ?? 99) < 8);
  });

  test("one that is told is not usual within seven days", () => {
    const watched = twoMonths();
    const known = () => (watched.baselines.get("CLIENT app") as { readonly seen: string }).seen.length / 6;
    assert.equal(watched.see([60, 61, 64, 66].map((day) => at(day, { organization: "north" }))).length, 1);
    assert.equal(known(), 3);
    assert.deepEqual(watched.see([at(67, { organization: "north" })]), []);
    assert.equal(known(), 4);
  });

  test("says what is new", () => {
    const [finding] = twoMonths().see([at(60, { organization: "north", purposeOfUse: "HRESCH" })]);
    assert.equal(
      finding?.sentence,
      "app was allowed an access with the purpose HRESCH and the organization north for the first time in 90 days; it has something new about every 124 days.",
    );
  });

  test("a decision that names neither is none of its business", () => {
    assert.deepEqual(newPurposeOrOrganization.entitiesOf(decision({ purposeOfUse: null, organization: null })), []);
  });
});
