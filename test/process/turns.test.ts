import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "../../src/process/turns.ts";

/** Turns that begin when the test says so. */
function byHand(workPerTurn: number) {
  const planned: (() => void)[] = [];
  const turns = createTurns((run) => planned.push(run), workPerTurn);
  return {
    turns,
    planned,
    async next() {
      planned.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("what a turn has room for goes on at once, and what it hasn't waits for one of the next, in order", async () => {
  const { turns, next } = byHand(100);
  const done: string[] = [];
  const take = (name: string, work: number): void => {
    const turn = turns.take(work);
    if (turn === null) done.push(name);
    else void turn.then(() => done.push(name));
  };
  take("a", 60);
  take("b", 40);
  assert.deepEqual(done, ["a", "b"]);
  take("c", 60);
  take("d", 30);
  take("e", 30);
  assert.deepEqual(done, ["a", "b"]);
  await next();
  assert.deepEqual(done, ["a", "b", "c", "d"], "the next turn has room for two");
  assert.equal(turns.waiting, 1);
  await next();
  assert.deepEqual(done, ["a", "b", "c", "d", "e"]);
});

test("one piece goes on in each turn however large it is, and two never", async () => {
  const { turns, next } = byHand(100);
  let done = 0;
  for (let i = 0; i < 5; i++) {
    const turn = turns.take(1000);
    if (turn === null) done++;
    else void turn.then(() => done++);
  }
  for (let i = 1; i <= 5; i++, await next()) assert.equal(done, i);
});

test("small work goes ahead of what waits where there is room, and nothing is kept waiting by it for good", async () => {
  const { turns, next } = byHand(100);
  let dear = false;
  assert.equal(turns.take(90), null);
  void turns.take(80)?.then(() => {
    dear = true;
  });
  assert.equal(turns.take(10), null);
  assert.notEqual(turns.take(10), null, "the turn is used up");
  await next();
  assert.ok(dear);
});

test("where nothing is asked, no turn is planned", async () => {
  const { turns, planned, next } = byHand(100);
  turns.take(1);
  turns.take(1);
  assert.equal(planned.length, 1);
  await next();
  assert.equal(planned.length, 0);
});
