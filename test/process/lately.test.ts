import assert from "node:assert/strict";
import { test } from "node:test";
import { lately } from "../../src/process/lately.ts";

test("what is known is told at once, and read anew behind the answer when it is old", async () => {
  let [now, reads] = [0, 0];
  let end = (): void => undefined;
  const read = () =>
    new Promise<number>((resolve) => {
      reads++;
      const value = reads;
      end = () => resolve(value);
    });
  const of = lately(read, { everyMs: 100, monotonic: () => now });
  const first = Promise.all([of(), of()]);
  end();
  assert.deepEqual([await first, reads], [[1, 1], 1]);
  now = 99;
  assert.deepEqual([await of(), reads], [1, 1]);
  now = 100;
  assert.deepEqual([await of(), await of(), reads], [1, 1, 2]);
  end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await of(), 2);
});

test("a failure is told while nothing is known, and tried again; later what was known is told", async () => {
  let now = 0;
  let fails = true;
  let reads = 0;
  const of = lately(
    async () => {
      reads++;
      if (fails) throw new Error("down");
      return reads;
    },
    { everyMs: 100, monotonic: () => now },
  );
  await assert.rejects(of(), /down/);
  fails = false;
  assert.equal(await of(), 2);
  fails = true;
  now = 200;
  assert.equal(await of(), 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([await of(), reads], [2, 4]);
});
