import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { kindsOf, roleKey } from "../../../src/domain/policy/index/ruleKey.ts";
import {
  addGroups,
  emptyRuleTable,
  groupsOfRole,
  type RuleTable,
  rulesIn,
  tableOf,
  tableWith,
  tableWithout,
  visitRoles,
} from "../../../src/domain/policy/index/ruleTable.ts";
import { type RuleGroup, rulesOf as rulesOfGroup } from "../../../src/domain/policy/ruleGroup.ts";
import type { Rule } from "../../../src/domain/policy/types.ts";

/** Rules of few roles and many: groups that are alike, long roles, and tables of many parts. */
const sizes = fc.record({
  rules: fc.integer({ min: 0, max: 4_000 }),
  roles: fc.constantFrom(1, 3, 500),
  actions: fc.constantFrom(1, 2, 60),
  conditions: fc.constantFrom(1, 2, 40),
  seed: fc.nat(),
});

function rulesOf({ rules, roles, actions, conditions, seed }: ReturnType<typeof sizes.generate>["value"]): Rule[] {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: rules }, (_, i) => ({
    id: `rule-${i}`,
    role: next(9) === 0 ? "*" : `role ${next(roles)}`,
    scope: "s",
    action: next(9) === 0 ? "*" : `action ${next(actions)}`,
    resourceType: next(3) === 0 ? "*" : "Observation",
    when: next(2) === 0 ? null : `purposeOfUse == "${next(conditions)}"`,
    effect: next(10) === 0 ? "DENY" : "ALLOW",
    obligations: [],
    description: null,
    justification: null,
  }));
}

const ids = (rules: Iterable<Rule>): string[] => [...rules].map((rule) => rule.id).sort();
const decides = ({ role, scope, action, resourceType, effect, when }: RuleGroup): string =>
  JSON.stringify([role, scope, action, resourceType, effect, when]);

function check(table: RuleTable, all: readonly Rule[]): void {
  assert.deepEqual(ids(rulesIn(table)), ids(all));
  const kinds = kindsOf("action 0", "Observation");
  const speaks = (rule: Rule): boolean =>
    ["action 0", "*"].includes(rule.action) && ["Observation", "*"].includes(rule.resourceType);
  const roles = [...new Set(all.map((rule) => rule.role))];
  for (const role of ["nobody", ...roles.slice(0, 8)]) {
    const found: RuleGroup[] = [];
    addGroups(table, roleKey(role), kinds, found);
    assert.deepEqual(ids(found.flatMap(rulesOfGroup)), ids(all.filter((rule) => rule.role === role && speaks(rule))));
    const every = groupsOfRole(table, roleKey(role));
    assert.deepEqual(ids(every.flatMap(rulesOfGroup)), ids(all.filter((rule) => rule.role === role)));
    for (const group of every) {
      const rules = rulesOfGroup(group);
      assert.equal(new Set([group, ...rules].map(decides)).size, 1, "a group holds rules that are alike and no others");
      assert.deepEqual(
        rules.map((rule) => rule.id),
        ids(rules),
      );
    }
  }
  const visited: string[] = [];
  visitRoles(table, kinds, (fitting) => visited.push([...new Set(fitting.map((e) => e.role))].join()) > 0);
  assert.equal(visited.length, roles.length);
  const speaking = new Set(all.filter(speaks).map((rule) => rule.role));
  assert.deepEqual(visited.filter((role) => role !== "").sort(), [...speaking].sort());
}

test("a table holds its rules, alike ones together, made at once or one by one, after removals too", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (size, cut) => {
      const all = rulesOf(size);
      const atOnce = tableOf(all);
      check(atOnce, all);
      const most = all.slice(0, 1_500);
      const oneByOne = most.reduce(tableWith, emptyRuleTable);
      check(oneByOne, most);
      const gone = most.filter((_, i) => (i * 7 + cut) % 3 !== 0);
      const kept = new Set(most);
      for (const rule of gone) kept.delete(rule);
      check(gone.reduce(tableWithout, oneByOne), [...kept]);
      check(most.reduce(tableWithout, oneByOne), []);
      check(atOnce, all);
    }),
    { numRuns: 40 },
  );
});
