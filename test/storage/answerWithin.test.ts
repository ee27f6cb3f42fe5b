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

  test("is waited for by each as long, however many wait, and by nobody when it is there", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const silent = () => new Promise<never>(() => undefined);
    const states = ["waits", "waits"];
    const wait = (i: number) =>
      answerWithin(1_000, silent).catch(() => {
        states[i] = "gave up";
      });
    const first = wait(0);
    t.mock.timers.tick(500);
    const second = wait(1);
    const answered = answerWithin(1_000, () => Promise.resolve("there"));
    t.mock.timers.tick(500);
    await first;
    assert.deepEqual(states, ["gave up", "waits"]);
    assert.equal(await answered, "there");
    t.mock.timers.tick(500);
    await second;
    await assert.rejects(
      answerWithin(1_000, () => Promise.reject(new Error("down"))),
      /down/,
    );
    await assert.rejects(
      answerWithin(1_000, () => {
        throw new Error("at once");
      }),
      /at once/,
    );
    const again = answerWithin(1_000, silent);
    t.mock.timers.tick(1_000);
    await assert.rejects(again, /did not answer/);
  });

  test("counts, though the event loop stood still for longer", async () => {
    const answer = answerWithin(1_000, lookUp);
    const end = performance.now() + 3_000;
    while (performance.now() < end);
    assert.ok(await answer);
  });
});
