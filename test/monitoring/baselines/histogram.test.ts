import assert from "node:assert/strict";
import { test } from "node:test";
import { type Histogram, meanOf, mostOf, withCount } from "../../../src/domain/monitoring/baselines/histogram.ts";

const of = (counts: readonly number[]): Histogram => counts.reduce<Histogram>(withCount, []);
const repeated = (times: number, count: number): readonly number[] => new Array<number>(times).fill(count);

test("of a few counts nothing is said", () => {
  assert.equal(meanOf(of(repeated(19, 3))), null);
  assert.equal(mostOf(of(repeated(19, 3)), 0.001), null);
  assert.equal(meanOf(of(repeated(20, 3))), 3);
});

test("the most is what only the share exceeds, even where counts are of two kinds", () => {
  const many = of([...repeated(3_960, 1), ...repeated(36, 9), ...repeated(4, 11)]);
  assert.equal(mostOf(many, 0.001), 9);
  assert.equal(mostOf(many, 0.00002), 11);
});

test("with few counts it goes on as their scatter does", () => {
  const limit = mostOf(of([...repeated(20, 1), ...repeated(20, 2), ...repeated(10, 3)]), 0.001) ?? 0;
  assert.ok(limit > 3 && limit < 10, `${limit}`);
});

test("old counts fade", () => {
  const turned = of([...repeated(8_000, 1), ...repeated(30_000, 5)]);
  assert.ok((meanOf(turned) ?? 0) > 4.5);
});
