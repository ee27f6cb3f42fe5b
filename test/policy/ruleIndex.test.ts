import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  emptyRuleIndex,
  pushRules,
  type RuleIndex,
  rolesAllowed,
  ruleIndexOf,
  rulesOfScope,
  smartScopesLike,
  withoutRule,
  withRule,
} from "../../src/domain/policy/index/ruleIndex.ts";
import { roleNumber } from "../../src/domain/policy/index/ruleNumber.ts";
import type { Rule } from "../../src/domain/policy/types.ts";

const scopes = ["s1", "s2", "*", "patient/Observation.rs", "patient/*.r"];
const roles = ["r1", "r2", "*"];
const actions = ["read", "search", "*"];
const types = ["Observation", "Condition", "*"];
const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.nat({ max: 200 }).map(String),
  role: fc.constantFrom(...roles),
  scope: fc.constantFrom(...scopes),
  action: fc.constantFrom(...actions),
  resourceType: fc.constantFrom(...types),
  when: fc.constant(null),
  effect: fc.constantFrom<Rule["effect"][]>("ALLOW", "DENY"),
  obligations: fc.constant([]),
  description: fc.constant(null),
});

const ids = (rules: Iterable<Rule>): string[] => [...rules].map((r) => r.id).sort();

/** The index says of every question what a plain look at all rules says. */
function check(index: RuleIndex, all: readonly Rule[]): void {
  for (const scope of scopes) {
    assert.deepEqual(ids(rulesOfScope(index, scope)), ids(all.filter((r) => r.scope === scope)));
    for (const role of roles) {
      assert.equal(index.rulesOfRole.get(role) ?? 0, all.filter((r) => r.role === role).length);
      for (const [action, resourceType] of [
        ["read", "Observation"],
        ["search", "Condition"],
        ["other", "Observation"],
      ] as const) {
        const found: Rule[] = [];
        pushRules(index, { scope, action, resourceType }, [role], found);
        const applies = (r: Rule): boolean =>
          r.scope === scope &&
          r.role === role &&
          [action, "*"].includes(r.action) &&
          [resourceType, "*"].includes(r.resourceType);
        assert.deepEqual(ids(found), ids(all.filter(applies)));
      }
    }
  }
  for (const scope of scopes) {
    const asked = { scope, action: "read", resourceType: "Condition" };
    const allowing = all.filter(
      (r) =>
        r.scope === scope &&
        r.effect === "ALLOW" &&
        ["read", "*"].includes(r.action) &&
        ["Condition", "*"].includes(r.resourceType),
    );
    assert.deepEqual(
      [...rolesAllowed(index, asked, { scan: 99, max: 99, skip: new Set() })].sort(),
      [...new Set(allowing.map((r) => r.role))].sort(),
    );
    assert.ok(rolesAllowed(index, asked, { scan: 99, max: 1, skip: new Set() }).length <= 1);
    assert.ok(!rolesAllowed(index, asked, { scan: 99, max: 99, skip: new Set(["r1"]) }).includes("r1"));
  }
  const smart = [...new Set(all.map((r) => r.scope).filter((s) => s.startsWith("patient/")))].sort();
  assert.deepEqual([...smartScopesLike(index, "PATIENT", "Observation")].sort(), smart);
}

test("the index finds what a look at all rules finds, built at once or rule by rule, before and after removals", () => {
  fc.assert(
    fc.property(fc.uniqueArray(rule, { selector: (r) => r.id, maxLength: 120, size: "max" }), fc.nat(), (all, cut) => {
      const atOnce = ruleIndexOf(all);
      check(atOnce, all);
      const oneByOne = all.reduce(withRule, emptyRuleIndex());
      check(oneByOne, all);
      const gone = all.slice(0, cut % (all.length + 1));
      const kept = all.slice(gone.length);
      check(gone.reduce(withoutRule, atOnce), kept);
      check(gone.reduce(withoutRule, oneByOne), kept);
      check(atOnce, all);
    }),
    { numRuns: 150 },
  );
});

/** Two roles that the index has one number for. */
function sameNumber(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0; ; i++) {
    const role = `role ${i}`;
    const other = seen.get(roleNumber(role));
    if (other !== undefined) return [other, role];
    seen.set(roleNumber(role), role);
  }
}

test("roles that have one number in the index are told apart", () => {
  const [a, b] = sameNumber();
  const base = { scope: "s1", action: "read", resourceType: "*", when: null, obligations: [], description: null };
  const rules: Rule[] = [
    { ...base, id: "1", role: a, effect: "ALLOW" },
    { ...base, id: "2", role: b, effect: "ALLOW" },
  ];
  const index = ruleIndexOf(rules);
  const asked = { scope: "s1", action: "read", resourceType: "Observation" };
  for (const [role, id] of [
    [a, "1"],
    [b, "2"],
  ] as const) {
    const found: Rule[] = [];
    pushRules(index, asked, [role], found);
    assert.deepEqual(ids(found), [id]);
  }
  const limits = { scan: 99, max: 99, skip: new Set<string>() };
  assert.deepEqual([...rolesAllowed(index, asked, limits)].sort(), [a, b].sort());
  assert.deepEqual(rolesAllowed(index, asked, { ...limits, skip: new Set([a]) }), [b]);
});
