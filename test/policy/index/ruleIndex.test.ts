import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  emptyRuleIndex,
  type RuleIndex,
  ruleIndexOf,
  withoutRule,
  withRule,
} from "../../../src/domain/policy/index/ruleIndex.ts";
import { rulesIn } from "../../../src/domain/policy/index/ruleTable.ts";
import type { Rule } from "../../../src/domain/policy/types.ts";
import { indexedRules } from "../rules.ts";

const sorted = (names: Iterable<string>): string[] => [...names].sort();
const ids = (rules: Iterable<Rule>): string[] => sorted([...rules].map((rule) => rule.id));

/** The index holds these rules and nothing of any other. */
function check(index: RuleIndex, all: readonly Rule[]): void {
  const scopes = new Set(all.map((rule) => rule.scope));
  assert.deepEqual(sorted(index.tables.keys()), sorted(scopes));
  for (const [scope, table] of index.tables.entries())
    assert.deepEqual(ids(rulesIn(table)), ids(all.filter((rule) => rule.scope === scope)));
  const roles = new Set(all.map((rule) => rule.role));
  assert.deepEqual(sorted(index.rulesOfRole.keys()), sorted(roles));
  for (const role of roles)
    assert.equal(index.rulesOfRole.get(role), all.filter((rule) => rule.role === role).length, role);
  const smart = [...index.smartScopes.values()].flatMap((named) => [...named.keys()]);
  assert.deepEqual(sorted(smart), sorted([...scopes].filter((scope) => scope.startsWith("patient/"))));
  for (const named of index.smartScopes.values()) assert.ok(named.size > 0);
}

test("the index holds its rules, made at once or rule by rule, and nothing of those that were taken out", () => {
  fc.assert(
    fc.property(indexedRules, fc.nat(), (all, cut) => {
      const atOnce = ruleIndexOf(all);
      check(atOnce, all);
      const oneByOne = all.reduce(withRule, emptyRuleIndex());
      check(oneByOne, all);
      const gone = all.slice(0, cut % (all.length + 1));
      check(gone.reduce(withoutRule, atOnce), all.slice(gone.length));
      check(gone.reduce(withoutRule, oneByOne), all.slice(gone.length));
      check(all.reduce(withoutRule, oneByOne), []);
      check(atOnce, all);
    }),
    { numRuns: 150 },
  );
});
