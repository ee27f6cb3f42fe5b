import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { rowsOf, snapshotOf } from "../../src/domain/policy/snapshot.ts";
import { policies } from "../support/policies.ts";

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
