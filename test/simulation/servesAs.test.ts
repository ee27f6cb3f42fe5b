import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../src/domain/decisions/types.ts";
import type { Json } from "../../src/domain/kernel/canonical.ts";
import type { Obligation } from "../../src/domain/policy/types.ts";
import type { FilterCondition } from "../../src/domain/scopes/confinement.ts";
import { servesAs } from "../../src/domain/simulation/servesAs.ts";

const allow = (...obligations: readonly Obligation[]): Verdict => ({
  outcome: "ALLOW",
  scope: "s",
  reasons: [],
  obligations,
  policyRevision: 1,
});
const constraint = (text: string): FilterCondition => ({ constraint: text, type: "constraint" });
const patient = (id: string): FilterCondition => ({ patient: id, type: "patient" });
const allOf = (...clauses: readonly (readonly FilterCondition[])[]): Obligation => ({
  type: "filter",
  parameters: { allOf: clauses.map((anyOf) => ({ anyOf })) } as unknown as Json,
});
const filter = (...texts: readonly string[]): Obligation => allOf(texts.map(constraint));
const log: Obligation = { type: "log", parameters: { level: "full" } };
const mask: Obligation = { type: "mask", parameters: null };
const serves = (before: Verdict, after: Verdict): boolean => servesAs(before, after, "Observation");

test("an answer serves as another with the same obligations, in any order, and not with more, fewer or others", () => {
  assert.ok(serves(allow(log, mask), allow(mask, log)));
  for (const after of [allow(), allow(log), allow(mask, log, log)]) assert.ok(!serves(allow(log, mask), after));
  assert.ok(!serves(allow({ ...log, parameters: { level: "some" } }), allow(log)));
});

test("a search may return as much or more, never less", () => {
  const both = allow(filter("category=a", "category=b"));
  assert.ok(serves(both, allow(filter("category=a,b"))));
  assert.ok(serves(both, allow(filter("category=a", "category=b", "category=c"))));
  assert.ok(serves(both, allow()));
  assert.ok(!serves(both, allow(filter("category=a"))));
  assert.ok(!serves(allow(), allow(filter("category=a"))));
  assert.ok(!serves(allow(filter("category=a")), allow(filter("category=a&code=x"))));
});

test("a search that is confined to a patient serves as one that is confined more, and not as one that is less", () => {
  const [a, b] = [constraint("category=a"), constraint("category=b")];
  const own = allow(allOf([patient("p1")]));
  assert.ok(serves(allow(allOf([a], [patient("p1")])), own));
  assert.ok(serves(own, allow()) && !serves(allow(), own));
  assert.ok(!serves(own, allow(allOf([a], [patient("p1")]))));
  assert.ok(!serves(own, allow(allOf([patient("p2")]))));
  // a, or b of the patient: wider than both of the patient, narrower than both.
  const mixed = allow(allOf([a, b], [a, patient("p1")]));
  assert.ok(serves(allow(allOf([a, b], [patient("p1")])), mixed));
  assert.ok(serves(mixed, allow(filter("category=a", "category=b"))));
  assert.ok(!serves(allow(filter("category=a", "category=b")), mixed));
  assert.ok(!serves(mixed, own) && !serves(own, mixed));
});

test("a refusal serves as nothing, and nothing serves as a refusal", () => {
  const deny: Verdict = { ...allow(), outcome: "DENY", scope: null };
  assert.ok(!serves(deny, allow()) && !serves(allow(), deny) && !serves(deny, deny));
});
