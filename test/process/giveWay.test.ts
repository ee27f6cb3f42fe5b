import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createGiveWay } from "../../src/process/giveWay.ts";

/** A gate over a clock that tests move. */
function gate(patienceMs?: number) {
  const state = { now: 0, busy: false, looks: 0 };
  const giveWay = createGiveWay({
    busy: () => {
      state.looks++;
      return state.busy;
    },
    now: () => state.now,
    ...(patienceMs !== undefined && { patienceMs }),
  });
  return { state, giveWay };
}

/** Turns of the event loop until it is settled; at most so many. */
async function turnsUntil(promise: Promise<unknown>, most = 50): Promise<number> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  let turns = 0;
  for (; !done && turns < most; turns++) await nextTurn();
  return turns;
}

test("whoever has had his slice gives the event loop back, and before that does not", async () => {
  const { state, giveWay } = gate();
  assert.ok((await turnsUntil(giveWay())) > 0, "the first part begins with a turn");
  let settled = false;
  void giveWay().then(() => {
    settled = true;
  });
  await Promise.resolve();
  assert.ok(settled, "within the slice nothing waits");
  state.now += 2;
  settled = false;
  const next = giveWay().then(() => {
    settled = true;
  });
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(settled, false, "the slice is used up");
  await next;
});

test("nobody passes while decisions are queued, for as long as patience lasts", async () => {
  const { state, giveWay } = gate();
  state.busy = true;
  let passed = false;
  const waiting = giveWay().then(() => {
    passed = true;
  });
  for (let i = 0; i < 20; i++) await nextTurn();
  assert.equal(passed, false);
  state.busy = false;
  await waiting;

  state.now += 10;
  state.busy = true;
  passed = false;
  const patient = giveWay().then(() => {
    passed = true;
  });
  for (let i = 0; i < 20; i++) await nextTurn();
  assert.equal(passed, false);
  state.now += 50;
  await patient;
  assert.ok(state.busy, "under a load that never ends it gets on");
});

test("patience is as long as it is said to be", async () => {
  const { state, giveWay } = gate(4);
  state.busy = true;
  let passed = false;
  const waiting = giveWay().then(() => {
    passed = true;
  });
  for (const ms of [0, 3]) {
    state.now += ms;
    for (let i = 0; i < 20; i++) await nextTurn();
    assert.equal(passed, false);
  }
  state.now += 1;
  await waiting;
});

test("those who wait pass one a turn, in the order in which they came", async () => {
  const { giveWay } = gate();
  const passed: number[] = [];
  const all = [0, 1, 2, 3].map((n) => giveWay().then(() => passed.push(n)));
  const seen: number[] = [];
  while (passed.length < 4) {
    const before = passed.length;
    await nextTurn();
    assert.ok(passed.length - before <= 1, `${passed.length - before} passed in one turn`);
    seen.push(passed.length);
  }
  await Promise.all(all);
  assert.deepEqual(passed, [0, 1, 2, 3]);
});
