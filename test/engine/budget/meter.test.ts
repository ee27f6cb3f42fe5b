import assert from "node:assert/strict";
import { test } from "node:test";
import { Meter, weightOf } from "../../../src/engine/budget/meter.ts";

const MUCH = 1_000_000;

test("a value weighs what there is of it", () => {
  for (const [value, weight] of [
    [5, 1],
    [null, 1],
    [new Date(0), 1],
    ["short", 1],
    ["x".repeat(80), 11],
    [[], 1],
    [[1, 2, 3], 4],
    [[["a"], ["b"]], 5],
    [{ a: 1, b: [1, 2] }, 7],
    [new Uint8Array(16), 3],
  ] as const)
    assert.equal(weightOf(value, MUCH), weight, JSON.stringify(value));
});

test("what weighs more than the limit is not looked at to its end", () => {
  let seen = 0;
  const endless = new Proxy([] as number[], {
    get: (target, key) => (key === Symbol.iterator ? iterate : Reflect.get(target, key)),
  });
  function* iterate(): Generator<number> {
    for (;;) yield ++seen;
  }
  assert.ok(weightOf(endless, 10) > 10);
  assert.ok(seen <= 11);
});

test("a meter gives what is measured until its steps are taken, and what is empty from then on", () => {
  const meter = new Meter();
  meter.start(10);
  const list = [1, 2, 3, 4];
  assert.equal(meter.weigh(list), list);
  assert.equal(meter.each(list, 1), list);
  assert.ok(!meter.exhausted);
  assert.deepEqual(meter.weigh(list), []);
  assert.ok(meter.exhausted);
  for (const [value, empty] of [
    ["text", ""],
    [{ a: 1 }, {}],
    [5, 5],
    [new Uint8Array(2), new Uint8Array()],
  ] as const)
    assert.deepEqual(meter.weigh(value), empty);
  assert.equal(meter.within(1, [1]), false);
  meter.start(10);
  assert.ok(!meter.exhausted, "each evaluation begins anew");
});

test("the steps of two values together are as many as their comparison can take", () => {
  const left = (take: (meter: Meter) => void): number => {
    const meter = new Meter();
    meter.start(MUCH);
    take(meter);
    let steps = 0;
    while (meter.charge(1)) steps++;
    return MUCH - steps;
  };
  const objects = Array.from({ length: 10 }, () => ({}));
  assert.equal(
    left((meter) => meter.within("x", objects)),
    11 + 10,
  );
  assert.equal(
    left((meter) => meter.within({ a: 1, b: 2, c: 3 }, objects)),
    11 + 7 * 10,
  );
  assert.equal(
    left((meter) => meter.search("x".repeat(800), "y".repeat(80))),
    101 * 11,
  );
  assert.equal(
    left((meter) => meter.cube("1h")),
    8,
  );
  assert.equal(
    left((meter) => meter.cube("1".repeat(80))),
    8 * 11 ** 3,
  );
  assert.equal(
    left((meter) => meter.each({ a: 1, b: 2 }, 5)),
    10,
  );
});
