import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inPieces } from "../../src/storage/journal/inPieces.ts";

test("work in pieces gives way after a millisecond, and not before", async () => {
  let now = 0;
  const giveWay = inPieces(() => now);
  let turns = 0;
  const count = () => {
    turns++;
  };
  setImmediate(count);
  now = 0.9;
  await giveWay();
  assert.equal(turns, 0);
  now = 1.1;
  await giveWay();
  assert.equal(turns, 1);
  setImmediate(count);
  now = 2;
  await giveWay();
  assert.equal(turns, 1, "the millisecond began anew");
  await nextTurn();
});
