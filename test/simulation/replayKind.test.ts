import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DecisionRecord, Verdict } from "../../src/domain/decisions/types.ts";
import type { Obligation } from "../../src/domain/policy/types.ts";
import { FlipCounts } from "../../src/domain/simulation/replay/flipCounts.ts";
import { FlipGroups } from "../../src/domain/simulation/replay/flipGroups.ts";
import { openVerdict } from "../../src/domain/simulation/replay/openVerdict.ts";
import { replayKind } from "../../src/domain/simulation/replay/replayKind.ts";
import { mostFlipsSeen } from "../../src/domain/simulation/replay/seenReplay.ts";
import { Tally } from "../../src/domain/simulation/replay/tally.ts";
import { MAX_PATIENTS } from "../../src/domain/simulation/replay/types.ts";

const verdict = (
  outcome: "ALLOW" | "DENY",
  scope: string | null,
  obligations: readonly Obligation[] = [],
): Verdict => ({
  outcome,
  scope,
  obligations,
  reasons: [],
  policyRevision: 1,
});
const filter = (...clauses: readonly (readonly string[])[]): Obligation => ({
  type: "filter",
  parameters: {
    allOf: clauses.map((constraints) => ({
      anyOf: constraints.map((constraint) => ({ type: "constraint", constraint })),
    })),
  },
});
const REDACT: Obligation = { type: "redact", parameters: null };
const ACCESS = { kind: "ACCESS", request: { resource: { type: "Observation" } } } as unknown as DecisionRecord;
const GRANT = { kind: "GRANT", request: {} } as unknown as DecisionRecord;
const LABS = "category=laboratory";
const VITALS = "category=vital-signs";

describe("what a change makes of an access", () => {
  const allowed = (...obligations: readonly Obligation[]) => verdict("ALLOW", "a", obligations);
  const denied = (...obligations: readonly Obligation[]) => verdict("DENY", null, obligations);
  for (const [name, base, after, expected] of [
    ["an ALLOW that is a DENY", allowed(), denied(), "NEWLY_DENIED"],
    ["a DENY that is an ALLOW", denied(), allowed(), "NEWLY_ALLOWED"],
    ["another scope allows it", allowed(), verdict("ALLOW", "b"), "SAME"],
    ["a filter comes", allowed(), allowed(filter([LABS])), "NARROWED"],
    ["a filter goes", allowed(filter([LABS])), allowed(), "WIDENED"],
    ["a filter lets through less", allowed(filter([LABS, VITALS])), allowed(filter([LABS])), "NARROWED"],
    ["a filter lets through more", allowed(filter([LABS])), allowed(filter([LABS, VITALS])), "WIDENED"],
    ["a filter lets through something else", allowed(filter([LABS])), allowed(filter([VITALS])), "WIDENED"],
    ["the same filter", allowed(filter([LABS])), allowed(filter([LABS])), "SAME"],
    ["another obligation", allowed(), allowed(REDACT), "OTHER_OBLIGATIONS"],
    ["an obligation goes", allowed(REDACT), allowed(), "OTHER_OBLIGATIONS"],
    ["less, and another obligation", allowed(), allowed(filter([LABS]), REDACT), "OTHER_OBLIGATIONS"],
    ["more, and another obligation", allowed(filter([LABS])), allowed(REDACT), "WIDENED"],
    ["the order of obligations", allowed(REDACT, filter([LABS])), allowed(filter([LABS]), REDACT), "SAME"],
    ["a DENY with another obligation", denied(), denied(REDACT), "OTHER_OBLIGATIONS"],
    ["a DENY as it was", denied(REDACT), denied(REDACT), "SAME"],
  ] as const)
    test(`${name}: ${expected}`, () => assert.equal(replayKind(ACCESS, base, after), expected));
});

describe("what a change makes of a token", () => {
  const token = (scope: string) => verdict("ALLOW", scope);
  for (const [base, after, expected] of [
    ["a b", "b a", "SAME"],
    ["a b", "a", "NARROWED"],
    ["a", "a b", "WIDENED"],
    ["a b", "a c", "WIDENED"],
    ["patient/*.rs", "patient/Observation.rs", "NARROWED"],
    ["patient/Observation.rs", "patient/*.rs", "WIDENED"],
    ["patient/Observation.rs", "patient/Observation.r patient/Observation.s", "SAME"],
    ["patient/Observation.rs", "patient/Observation.rs?category=laboratory", "NARROWED"],
    ["view_labs", "patient/*.cruds", "WIDENED"],
  ] as const)
    test(`${base} and then ${after}: ${expected}`, () =>
      assert.equal(replayKind(GRANT, token(base), token(after)), expected));
});

test("counts keep a thousand keys, and say that there are more", () => {
  const counts = new FlipCounts();
  for (let i = 0; i < 1000; i++) counts.add("NARROWED", [`client-${i}`], [], "nina");
  assert.ok(counts.complete);
  counts.add("WIDENED", ["one-more", "client-7"], [], "nina");
  assert.ok(!counts.complete);
  assert.deepEqual([counts.list().length, counts.list()[0]?.key, counts.list()[0]?.widened], [1000, "client-7", 1]);
});

test("what a number of flips is compared with says no more of few patients than the report does", () => {
  const counts = { read: 40, replayed: 40, notReplayable: 0, same: 30, drifted: 0, denyToAllow: 0, narrowed: 0 };
  const of = (allowToDeny: number, few: number) => {
    const tally = new Tally(0).done({ base: "CURRENT", baseRevision: 1, complete: true, asksOfPeople: false });
    const patients = { ...tally.patients, allowToDeny: few };
    return mostFlipsSeen({ ...tally, ...counts, allowToDeny, patients, cells: null });
  };
  assert.deepEqual([of(1, 1), of(3, 2), of(10, 10)], [10, 10, 10]);
  assert.deepEqual([of(0, 0), of(23, 11)], [0, 23]);
});

test("groups are at most 500, of which each tells apart so many patients; others are counted", () => {
  const groups = new FlipGroups();
  const flip = (client: number, patient: number) =>
    groups.add({
      id: `d-${client}-${patient}`,
      kind: "NEWLY_DENIED",
      clientId: `client-${client}`,
      about: { action: "read", resourceType: "T", resourceId: null, patient: null, patients: [`p${patient}`] },
      concerned: [`p${patient}`],
      by: "nina",
      person: `user/${patient % 20}`,
      changed: { roles: [], rules: [], scopes: ["a"] },
      at: 0,
    });
  for (let i = 0; i < 502; i++) flip(i, i);
  for (let i = 0; i < MAX_PATIENTS + 100; i++) flip(3, i);
  const [most, ...others] = groups.list(({ size }) => size);
  assert.deepEqual([others.length + 1, groups.ungrouped], [500, 2]);
  assert.deepEqual([most?.clientId, most?.decisions, most?.patients], ["client-3", MAX_PATIENTS + 101, MAX_PATIENTS]);
  assert.equal(most?.people, 20);
  assert.deepEqual(most?.samples, ["d-3-3", "d-3-0", "d-3-1"]);
});

test("an answer that is kept names no patient and nobody", () => {
  const named: Verdict = {
    ...verdict("DENY", null, [
      { type: "filter", parameters: { allOf: [{ anyOf: [{ type: "patient", patient: "paula" }] }] } },
    ]),
    reasons: [
      { code: "UNKNOWN_CLIENT", personal: { clientId: "paula" }, role: null, ruleId: null, scope: null },
      { code: "ALLOWED_BY_RULE", role: "nurse", ruleId: "r", scope: "s" },
    ],
    reasonCount: 2,
    sufficientScopes: ["s"],
  };
  const open = openVerdict(named);
  assert.ok(!JSON.stringify(open).includes("paula"));
  assert.deepEqual(open.obligations, [{ type: "filter", parameters: { allOf: [{ anyOf: [{ type: "patient" }] }] } }]);
  assert.deepEqual([open.reasons[1], open.reasonCount, open.sufficientScopes], [named.reasons[1], 2, ["s"]]);
});
