import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createStepsWriting } from "../../src/storage/journal/stepsWriting.ts";

function open(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test("work beside steps gives way after a millisecond, and not before", async () => {
  let now = 0;
  const giveWay = createStepsWriting(() => now).besideThem();
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

test("while any step has its turn, work beside it stands still, and goes on when the last has ended", async () => {
  const steps = createStepsWriting(() => 0);
  const [first, second] = [open(), open()];
  const one = steps.during(() => first.opened);
  const two = steps.during(() => second.opened.then(() => Promise.reject(new Error("failed"))));
  const gone: string[] = [];
  const works = ["a", "b"].map(async (name) => {
    await steps.besideThem()();
    gone.push(name);
  });
  for (let n = 0; n < 5; n++) await nextTurn();
  first.open();
  await one;
  for (let n = 0; n < 5; n++) await nextTurn();
  assert.deepEqual(gone, []);
  second.open();
  await assert.rejects(two, /failed/);
  await Promise.all(works);
  assert.deepEqual(gone, ["a", "b"]);
});

test("a step that begins before the work goes on has its turn first", async () => {
  const steps = createStepsWriting(() => 0);
  const [first, second] = [open(), open()];
  const one = steps.during(() => first.opened);
  let gone = false;
  const work = steps
    .besideThem()()
    .then(() => {
      gone = true;
    });
  await nextTurn();
  await nextTurn();
  first.open();
  const two = steps.during(() => second.opened);
  await one;
  for (let n = 0; n < 5; n++) await nextTurn();
  assert.equal(gone, false);
  second.open();
  await Promise.all([two, work]);
});
