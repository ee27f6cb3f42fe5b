import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { describe, test } from "node:test";
import { answerWithin } from "../../src/storage/database/answerWithin.ts";

/** Needs several turns of the event loop, as a query does for a connection and its rows. */
async function lookUp(): Promise<boolean> {
  for (let i = 0; i < 5; i++) await stat("package.json");
  return true;
}

describe("an answer within a time", () => {
  test("that is there in time is the answer", async () => {
    assert.equal(await answerWithin(1_000, () => Promise.resolve(7)), 7);
  });

  test("that does not come is an error", async () => {
    const silent = answerWithin(10, () => new Promise<never>(() => undefined));
    await assert.rejects(silent, /the database did not answer within 10 ms/);
  });

  test("counts, though the event loop stood still for longer", async () => {
    const answer = answerWithin(100, lookUp);
    const end = performance.now() + 300;
    while (performance.now() < end);
    assert.ok(await answer);
  });
});
