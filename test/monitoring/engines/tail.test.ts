import assert from "node:assert/strict";
import { test } from "node:test";
import { tailBits } from "../../../src/domain/monitoring/engines/tail.ts";

test("what is usual has no bits, and more are rarer", () => {
  assert.equal(tailBits(4, 5, 6), 0);
  assert.equal(tailBits(0, 0, 0), 0);
  let before = 0;
  for (let count = 6; count < 200; count++) {
    const bits = tailBits(count, 5, 6);
    assert.ok(bits > before, `${count}`);
    before = bits;
  }
});

test("counts that differ much are less surprising", () => assert.ok(tailBits(20, 5, 6) > 2 * tailBits(20, 5, 60)));

test("a tail bounds how often it happens: of Poisson counts of 5, twelve or more are one in 183", () =>
  assert.ok(2 ** -tailBits(12, 5, 5) > 1 / 183));

test("it stays finite where nothing was ever seen", () => assert.ok(Number.isFinite(tailBits(1e6, 0, 0))));
