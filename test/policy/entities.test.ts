import assert from "node:assert/strict";
import { test } from "node:test";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, rowsOf, type Snapshot } from "../../src/domain/policy/snapshot.ts";

const apply = (snapshot: Snapshot, ...operations: PolicyOperation[]) =>
  applyOperations(snapshot, operations, {
    now: 0,
    newId: () => "",
    checkCondition: () => null,
    readCondition: () => NO_TERMS,
  });

function applied(snapshot: Snapshot, ...operations: PolicyOperation[]): Snapshot {
  const result = apply(snapshot, ...operations);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

test("an entity is registered, replaced whole, and removed; type and id together name it", () => {
  const one = applied(
    emptySnapshot(),
    { putEntity: { type: "todo", id: "1", properties: { owner: "ada" } } },
    { putEntity: { type: "user", id: "1" } },
  );
  const two = applied(one, { putEntity: { type: "todo", id: "1", clear: ["properties"] } });
  const three = applied(two, { deleteEntity: { type: "todo", id: "1" } });
  const rows = (s: Snapshot): unknown[] => [...rowsOf(s)].map(({ row }) => row);
  const user = { type: "user", id: "1", properties: null };
  assert.deepEqual(new Set(rows(one)), new Set([{ type: "todo", id: "1", properties: { owner: "ada" } }, user]));
  assert.deepEqual(new Set(rows(two)), new Set([{ type: "todo", id: "1", properties: null }, user]));
  assert.deepEqual(rows(three), [user]);
  assert.equal(applied(three, { putEntity: { type: "user", id: "1" } }), three);
});

test("what can't stand in a question is refused, and so is removing what is not there", () => {
  const deep = { a: { b: { c: { d: { e: { f: {} } } } } } };
  for (const [operation, path, message] of [
    [{ putEntity: { type: "", id: "1" } }, "putEntity.type", /must not be empty/],
    [{ putEntity: { type: "t", id: "*" } }, "putEntity.id", /stands for any/],
    [{ putEntity: { type: "t", id: "1", properties: [] } }, "putEntity.properties", /must be a JSON object/],
    [{ putEntity: { type: "t", id: "1", properties: deep } }, "putEntity.properties", /at most 6 levels/],
    [{ putEntity: { type: "t", id: "1", properties: { a: "\0" } } }, "putEntity.properties", /NUL/],
    [{ putEntity: { type: "t", id: "1", properties: { constructor: 1 } } }, "putEntity.properties", /member named/],
    [{ putEntity: { type: "t", id: "1", properties: { a: "x".repeat(16_380) } } }, "putEntity.properties", /16384/],
    [{ deleteEntity: { type: "t", id: "1" } }, "deleteEntity", /there is no entity 1 of the type t/],
  ] as const) {
    const result = apply(emptySnapshot(), operation as PolicyOperation);
    assert.ok(!result.ok);
    assert.equal(result.problems[0]?.path, `operations[0].${path}`);
    assert.match(result.problems[0]?.message ?? "", message);
  }
});
