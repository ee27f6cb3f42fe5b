import assert from "node:assert/strict";
import { test } from "node:test";
import { unusualFrom } from "../../../src/domain/monitoring/baselines/tails.ts";

test("without more scatter than chance it is Poisson's distribution", () => {
  // P(X >= 5 | 1) = 0.00366, P(X >= 4 | 1) = 0.019; P(X >= 19 | 10) = 0.00719, P(X >= 18 | 10) = 0.0143.
  assert.equal(unusualFrom({ mean: 1, dispersion: 0 }, 0.01), 5);
  assert.equal(unusualFrom({ mean: 10, dispersion: 0 }, 0.01), 19);
});

test("with a dispersion of one it is geometric", () => {
  // Of mean 4: P(X >= n) = 0.8^n; 0.8^20 = 0.0115, 0.8^21 = 0.0092.
  assert.equal(unusualFrom({ mean: 4, dispersion: 1 }, 0.01), 21);
});

test("where terms are no longer added up the limit is right to an eighth", () => {
  for (const dispersion of [0.05, 0.5, 2])
    for (const tail of [0.001, 0.00003]) {
      const [exact, smooth] = [299, 301].map((mean) => unusualFrom({ mean, dispersion }, tail));
      assert.ok(Math.abs((smooth ?? 0) / (exact ?? 1) - 1) < 0.125, `${exact} and ${smooth}`);
    }
});

test("a limit is finite for whatever mean, and never below one", () => {
  for (const mean of [-1, 0, 0.0001, 5_000_000])
    for (const dispersion of [0, 4]) {
      const limit = unusualFrom({ mean, dispersion }, 0.000001);
      assert.ok(Number.isInteger(limit) && limit >= 1, `${limit} for ${mean}`);
    }
});
