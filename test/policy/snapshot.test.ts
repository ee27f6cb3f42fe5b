import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { PersistentMap } from "../../src/domain/kernel/persistentMap.ts";
import { type RuleTable, rulesIn } from "../../src/domain/policy/index/ruleTable.ts";
import { changeOf, emptySnapshot, rowsOf, snapshotOf, withChanges } from "../../src/domain/policy/snapshot.ts";
import type { Assignment } from "../../src/domain/policy/types.ts";
import { policies } from "../support/policies.ts";

/** What a part of a snapshot holds, maps as lists in the order of their keys. */
function contents(part: unknown): unknown {
  if (part instanceof PersistentMap) {
    const entries = [...part.entries()].map(([key, value]) => [key, contents(value)] as const);
    return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  }
  if (Array.isArray(part)) return part.map(contents);
  if (typeof part !== "object" || part === null) return part;
  // Entries of one number stand in any order.
  if ("chunks" in part) return [...rulesIn(part as RuleTable)].sort((a, b) => (a.id < b.id ? -1 : 1)).map(contents);
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, contents(value)]));
}

test("a snapshot built at once is what changing an empty one row by row gives, indexes included", () => {
  fc.assert(
    fc.property(policies, ({ clients, scopes, roles, grants, assignments, rules }) => {
      const rows = [
        ...clients.map((row) => ({ noun: "client", row }) as const),
        ...scopes.toReversed().map((row) => ({ noun: "scope", row }) as const),
        ...roles.map((row) => ({ noun: "role", row }) as const),
        ...grants.map((row) => ({ noun: "grant", row }) as const),
        ...assignments.map((row) => ({ noun: "assignment", row }) as const),
        ...rules.map((row) => ({ noun: "rule", row }) as const),
      ];
      const changes = rows.map(({ noun, row }) => changeOf(noun, null, row));
      assert.deepEqual(contents(snapshotOf(rows, 3)), contents(withChanges(emptySnapshot(), changes, 3)));
    }),
    { numRuns: 100 },
  );
});

test("of rows with one key the last counts, in the index as among the rules", () => {
  const rule = {
    id: "r",
    role: "*",
    action: "*",
    resourceType: "*",
    when: null,
    obligations: [],
    description: null,
    justification: null,
  };
  const [first, last] = [
    { ...rule, scope: "a", effect: "ALLOW" } as const,
    { ...rule, scope: "b", effect: "DENY" } as const,
  ];
  const twice = snapshotOf(
    [first, last].map((row) => ({ noun: "rule", row })),
    1,
  );
  assert.deepEqual(contents(twice), contents(snapshotOf([{ noun: "rule", row: last }], 1)));
});

test("a snapshot has the rows that it is built from, with all that they say", () => {
  fc.assert(
    fc.property(policies, ({ clients, scopes, roles, grants, assignments, rules }) => {
      const rows = [
        ...clients.map((row) => ({ noun: "client", row }) as const),
        ...scopes.map((row) => ({ noun: "scope", row }) as const),
        ...roles.map((row) => ({ noun: "role", row }) as const),
        ...grants.map((row) => ({ noun: "grant", row }) as const),
        ...assignments.map((row) => ({ noun: "assignment", row }) as const),
        ...rules.map((row) => ({ noun: "rule", row }) as const),
      ];
      const texts = (items: Iterable<object>): string[] =>
        [...items].map((item) => canonicalJson(item as unknown as Json)).sort();
      assert.deepEqual(texts(rowsOf(snapshotOf(rows, 1))), texts(rows));
    }),
    { numRuns: 300 },
  );
});

test("the types of subjects are those that hold a role", () => {
  const row = (subjectId: string, subjectType: string, organization: string): Assignment => ({
    subjectId,
    subjectType,
    clientId: null,
    role: "nurse",
    organization,
    validFrom: null,
    validUntil: null,
  });
  const rows = [row("ann", "user", "ward"), row("ann", "user", "*"), row("ann", "identity", "ward")];
  const given = withChanges(
    emptySnapshot(),
    rows.map((each) => changeOf("assignment", null, each)),
    1,
  );
  assert.deepEqual([...given.subjectTypes.entries()].sort(), [
    ["identity", 1],
    ["user", 2],
  ]);
  const [first, , last] = rows as [Assignment, Assignment, Assignment];
  const ended = { ...first, validUntil: 7 };
  const less = withChanges(given, [changeOf("assignment", last, null), changeOf("assignment", first, ended)], 2);
  assert.deepEqual([...less.subjectTypes.entries()], [["user", 2]]);
});
