import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PersistentMap } from "../../src/domain/kernel/persistentMap.ts";
import {
  findRuleGroups,
  findRules,
  resourceTypesNamed,
  rolesAllowed,
  rulesOfRole,
  rulesOfScope,
  smartScopesNamed,
} from "../../src/domain/policy/findRules.ts";
import { roleKey } from "../../src/domain/policy/index/ruleKey.ts";
import { rulesOf } from "../../src/domain/policy/ruleGroup.ts";
import { changeOf, emptySnapshot, type Snapshot, snapshotOf, withChanges } from "../../src/domain/policy/snapshot.ts";
import type { Rule } from "../../src/domain/policy/types.ts";
import { indexedRules, RULE_SCOPES } from "./rules.ts";

const sorted = (names: Iterable<string>): string[] => [...names].sort();
const ids = (rules: Iterable<Rule>): string[] => sorted([...rules].map((rule) => rule.id));
const is = (name: string, ...asked: readonly string[]): boolean => name === "*" || asked.includes(name);

/** The snapshot says of every question what a plain look at all rules says. */
function check(snapshot: Snapshot, all: readonly Rule[]): void {
  for (const scope of RULE_SCOPES)
    assert.deepEqual(ids(rulesOfScope(snapshot, scope)), ids(all.filter((rule) => rule.scope === scope)));

  for (const scopes of [["s1"], ["s2", "patient/*.r"], ["none"]]) {
    for (const [action, resourceType] of [
      ["read", "Observation"],
      ["search", "Condition"],
      ["other", "Observation"],
    ] as const) {
      const speaking = all.filter(
        (rule) => is(rule.scope, ...scopes) && is(rule.action, action) && is(rule.resourceType, resourceType),
      );
      for (const held of [[], ["r1"], ["r2", "none"], ["r1", "r2"]]) {
        const question = { scopes, roles: new Set(held), action, resourceType };
        const applying = ids(speaking.filter((rule) => is(rule.role, ...held)));
        assert.deepEqual(ids(findRules(snapshot, question)), applying);
        assert.deepEqual(ids(findRuleGroups(snapshot, question).flatMap(rulesOf)), applying);
        const named = all.filter(
          (rule) => is(rule.scope, ...scopes) && is(rule.role, ...held) && is(rule.action, action),
        );
        const types = new Set(named.map((rule) => rule.resourceType).filter((type) => type !== "*"));
        assert.deepEqual(sorted(resourceTypesNamed(snapshot, question)), sorted(types));
      }
      const allowing = speaking.filter((rule) => rule.effect === "ALLOW" && rule.role !== "*");
      const roles = new Set(allowing.map((rule) => rule.role));
      const limits = { scan: 99, max: 99, except: new Set<string>() };
      const question = { scopes, action, resourceType };
      assert.deepEqual(sorted(rolesAllowed(snapshot, question, limits).roles.keys()), sorted(roles));
      assert.equal(rolesAllowed(snapshot, question, { ...limits, max: 1 }).roles.size, Math.min(1, roles.size));
      roles.delete("r1");
      const others = rolesAllowed(snapshot, question, { ...limits, except: new Set(["r1"]) });
      assert.deepEqual(sorted(others.roles.keys()), sorted(roles));
      const isApart = ({ when }: { readonly when: string | null }): boolean => when === null;
      const some = rolesAllowed(snapshot, question, { ...limits, isApart });
      const ordinary = new Set(allowing.filter((rule) => !isApart(rule)).map((rule) => rule.role));
      assert.deepEqual(sorted(some.roles.keys()), sorted(ordinary));
      assert.deepEqual(
        sorted([...some.roles.keys(), ...some.apart]),
        sorted(new Set(allowing.map((rule) => rule.role))),
      );
    }
  }

  const smart = new Set(all.map((rule) => rule.scope).filter((scope) => scope.startsWith("patient/")));
  assert.deepEqual(
    sorted(smartScopesNamed(snapshot, { context: "PATIENT", resourceType: "Observation" })),
    sorted(smart),
  );
  assert.deepEqual(
    sorted(smartScopesNamed(snapshot, { context: "PATIENT", resourceType: "Condition" })),
    sorted(smart).filter((scope) => scope === "patient/*.r"),
  );
  assert.deepEqual([...smartScopesNamed(snapshot, { context: "USER", resourceType: "Observation" })], []);
}

const items = (rules: readonly Rule[]) => rules.map((row) => ({ noun: "rule", row }) as const);

test("what is asked of the rules is answered as by a look at all of them, before and after changes", () => {
  fc.assert(
    fc.property(indexedRules, fc.nat(), (all, cut) => {
      const atOnce = snapshotOf(items(all), 1);
      check(atOnce, all);
      const added = all.map((row) => changeOf("rule", null, row));
      check(withChanges(emptySnapshot(), added, 1), all);
      const gone = all.slice(0, cut % (all.length + 1));
      const removed = gone.map((row) => changeOf("rule", row, null));
      check(withChanges(atOnce, removed, 2), all.slice(gone.length));
      check(atOnce, all);
    }),
    { numRuns: 100 },
  );
});

test("no more roles are looked at than asked for, in each scope", () => {
  const base = {
    action: "*",
    resourceType: "*",
    when: null,
    obligations: [],
    description: null,
    justification: null,
  } as const;
  const rules = ["s1", "*"].flatMap((scope) =>
    Array.from({ length: 9 }, (_, i) => ({
      ...base,
      id: `${scope}${i}`,
      scope,
      role: `${scope} ${i}`,
      effect: "ALLOW" as const,
    })),
  );
  const question = { scopes: ["s1"], action: "read", resourceType: "Observation" };
  const found = rolesAllowed(snapshotOf(items(rules), 1), question, { scan: 3, max: 99, except: new Set() });
  assert.deepEqual(
    [...found.roles.keys()].map((role) => role.slice(0, 2)),
    ["s1", "s1", "s1", "* ", "* ", "* "],
  );
});

/** Two roles that have one key in the index. */
function sameKey(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0; ; i++) {
    const role = `role ${i}`;
    const other = seen.get(roleKey(role));
    if (other !== undefined) return [other, role];
    seen.set(roleKey(role), role);
  }
}

test("roles that have one key in the index are told apart", () => {
  const [a, b] = sameKey();
  const base = { scope: "s1", action: "read", when: null, obligations: [], description: null, justification: null };
  const rules: Rule[] = [
    { ...base, id: "1", role: a, resourceType: "A", effect: "ALLOW" },
    { ...base, id: "2", role: b, resourceType: "B", effect: "ALLOW" },
  ];
  const snapshot = snapshotOf(items(rules), 1);
  for (const [role, id, type] of [
    [a, "1", "A"],
    [b, "2", "B"],
  ] as const) {
    const question = { scopes: ["s1"], roles: new Set([role]), action: "read", resourceType: type };
    assert.deepEqual(ids(findRules(snapshot, question)), [id]);
    assert.deepEqual([...resourceTypesNamed(snapshot, question)], [type]);
    const limits = { scan: 99, max: 99, except: new Set<string>() };
    assert.deepEqual([...rolesAllowed(snapshot, question, limits).roles.keys()], [role]);
    assert.deepEqual([...rolesAllowed(snapshot, question, { ...limits, except: new Set([role]) }).roles], []);
  }
  const both = { scopes: ["s1"], roles: new Set([a]), action: "read", resourceType: "B" };
  assert.deepEqual(findRules(snapshot, both), []);
  assert.equal(findRuleGroups(snapshot, both).length, 1, "keys alone don't tell them apart");
});

test("the rules of a role are found by the index, without a look at all rules", () => {
  fc.assert(
    fc.property(indexedRules, (all) => {
      const snapshot: Snapshot = {
        ...snapshotOf(
          all.map((row) => ({ noun: "rule", row }) as const),
          1,
        ),
        rules: PersistentMap.empty(),
      };
      for (const role of new Set(all.map((rule) => rule.role)))
        assert.deepEqual(ids(rulesOfRole(snapshot, role)), ids(all.filter((rule) => rule.role === role)));
    }),
  );
});
