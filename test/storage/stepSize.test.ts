import assert from "node:assert/strict";
import { test } from "node:test";
import { createStepSize, SHORT_CALL_MS, SHORT_STEP_MS, STEP_MS } from "../../src/storage/journal/stepSize.ts";

/** The size after so many full steps on a machine on which a step takes so long. */
function settled(steps: number, msOf: (rows: number) => number, size = createStepSize()): number {
  for (let i = 0; i < steps; i++) size.took(size.rows, msOf(size.rows));
  return size.rows;
}

test("a step has as many rows as fit into its time, whatever a step costs by itself", () => {
  for (const fixed of [0, 1, 20])
    for (const each of [0.001, 0.01, 0.2]) {
      const rows = settled(30, (n) => fixed + n * each);
      const ms = rows * each;
      assert.ok(ms > STEP_MS * 0.7 && ms < STEP_MS * 1.4, `${fixed} + ${each} a row: ${rows} rows, ${ms} ms`);
    }
});

test("a short step has two fifths of that, but the least", () => {
  const size = createStepSize({ fewest: 64, most: 2_000 });
  assert.equal(size.fewRows, size.rows, "at first there are fewer");
  settled(20, (n) => 1 + n * 0.01, size);
  assert.equal(size.fewRows, Math.ceil(size.rows * 0.4));
  // It is learnt from short steps as well.
  for (let i = 0; i < 30; i++) size.took(size.fewRows, 1 + size.fewRows * 0.005);
  const ms = size.fewRows * 0.005;
  assert.ok(ms > SHORT_STEP_MS * 0.7 && ms < SHORT_STEP_MS * 1.4, `${size.fewRows} rows, ${ms} ms`);
  size.took(size.fewRows, 1000);
  assert.equal(size.fewRows, 64);
  const call = createStepSize({ fewest: 64, most: 2_000 }, SHORT_CALL_MS);
  settled(20, (n) => 1 + n * 0.01, call);
  assert.equal(call.fewRows, Math.ceil((call.rows * SHORT_CALL_MS) / STEP_MS));
});

test("it has a least and a most, grows twofold at most, and shrinks at once", () => {
  const size = createStepSize();
  assert.ok(settled(1, () => 0, size) <= 8);
  assert.equal(
    settled(40, () => 0, size),
    10_000,
  );
  size.took(10_000, 1000);
  assert.ok(size.rows < 100);
  assert.equal(
    settled(5, () => 1000, size),
    16,
  );
});

test("its least and its most may be others", () => {
  const size = createStepSize({ fewest: 64, most: 256 });
  assert.equal(
    settled(40, () => 0, size),
    256,
  );
  assert.equal(
    settled(5, () => 1000, size),
    64,
  );
});

test("steps of few rows tell what any step takes, and change nothing else", () => {
  const size = createStepSize();
  settled(20, (n) => 1 + n * 0.01, size);
  const { rows } = size;
  for (let i = 0; i < 50; i++) size.took(1, 11);
  assert.equal(size.rows, rows);
  // The disk has become slow: the rows have not.
  assert.ok(Math.abs(settled(20, (n) => 11 + n * 0.01, size) - rows) < rows * 0.3);
});
