import assert from "node:assert/strict";
import { test } from "node:test";
import { unacknowledged } from "../../src/domain/audit/indexRebuilds.ts";
import type { IndexEmptied, IndexRebuildAct, Rebuilt } from "../../src/domain/record/indexRebuildAct.ts";

const of = {
  at: 1,
  table: "decision_index",
  months: ["2026-03"],
  finding: "",
  digestBefore: null,
  by: "machine:ada@host",
};
const emptied = (rebuildId: string): IndexEmptied => ({ ...of, event: "EMPTIED", rebuildId });
const rebuilt = (rebuildId: string): Rebuilt => ({
  ...of,
  event: "REBUILT",
  rebuildId,
  after: -1,
  until: 9,
  digestAfter: null,
});
const acknowledged = (rebuildId: string): IndexRebuildAct => ({
  event: "ACKNOWLEDGED",
  rebuildId,
  at: 2,
  author: "key:kim",
});

test("a rebuild is told as far as it came, once, until an auditor has taken note of it", () => {
  const told = (...acts: readonly IndexRebuildAct[]) =>
    unacknowledged(acts).map(({ event, rebuildId }) => [event, rebuildId]);
  assert.deepEqual(told(emptied("a"), emptied("b"), rebuilt("b"), rebuilt("c")), [
    ["EMPTIED", "a"],
    ["REBUILT", "b"],
    ["REBUILT", "c"],
  ]);
  assert.deepEqual(told(emptied("a"), rebuilt("a"), emptied("b"), acknowledged("a")), [["EMPTIED", "b"]]);
  // One that goes on after somebody has taken note is known.
  assert.deepEqual(told(emptied("a"), acknowledged("a"), rebuilt("a")), []);
});
