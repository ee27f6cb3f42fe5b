import assert from "node:assert/strict";
import { test } from "node:test";
import { addDistinct, countDistinct, type DistinctSize } from "../../../src/domain/monitoring/baselines/distinct.ts";

const countOf = (count: number, size: DistinctSize): number => {
  let counted = "";
  for (let i = 0; i < count; i++) counted = addDistinct(counted, `patient-${i}`, size);
  assert.ok(counted.length <= size);
  return countDistinct(counted, size);
};

test("a few are counted exactly", () => {
  for (let count = 0; count <= 10; count++) assert.equal(countOf(count, 32), count);
  for (let count = 0; count <= 20; count++) assert.equal(countOf(count, 64), count);
});

test("many are counted to within a third, in as little space", () => {
  for (const count of [30, 100, 1_000, 10_000])
    for (const size of [32, 64] as const) {
      const estimate = countOf(count, size);
      assert.ok(Math.abs(estimate / count - 1) < 0.34, `${estimate} for ${count} at ${size}`);
    }
});

test("the same again changes nothing", () => {
  for (const count of [3, 500]) {
    let counted = "";
    for (let i = 0; i < count; i++) counted = addDistinct(counted, `patient-${i}`, 64);
    for (let i = 0; i < count; i++) assert.equal(addDistinct(counted, `patient-${i}`, 64), counted);
  }
});
