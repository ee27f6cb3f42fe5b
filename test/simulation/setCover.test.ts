import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cover } from "../../src/domain/simulation/setCover.ts";

const needsOf = (candidates: number) =>
  fc.array(fc.uniqueArray(fc.nat({ max: candidates - 1 }), { maxLength: 4 }), { maxLength: 12 });
const meets = (needs: readonly (readonly number[])[], chosen: readonly number[]): boolean =>
  needs.every((need) => need.length === 0 || need.some((c) => chosen.includes(c)));

test("every need is met, and by brute force no choice is smaller", () => {
  fc.assert(
    fc.property(needsOf(8), (needs) => {
      const { chosen, exact } = cover(needs);
      assert.ok(exact && meets(needs, chosen));
      for (let mask = 0; mask < 256; mask++) {
        const other = [...Array(8).keys()].filter((i) => (mask & (1 << i)) !== 0);
        if (other.length < chosen.length) assert.ok(!meets(needs, other), `${other} would do`);
      }
    }),
  );
});

test("of many candidates, every need is met and none that was chosen is needless", () => {
  let greedy = 0;
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(fc.nat({ max: 40 }), { minLength: 2, maxLength: 5 }), { minLength: 20 }),
      (needs) => {
        const { chosen, exact } = cover(needs);
        assert.ok(meets(needs, chosen));
        for (const left of chosen)
          assert.ok(
            !meets(
              needs,
              chosen.filter((c) => c !== left),
            ),
          );
        if (!exact) greedy++;
      },
    ),
  );
  assert.ok(greedy > 10);
});

test("of equal choices the earlier candidates win", () => {
  assert.deepEqual(
    cover([
      [0, 1],
      [1, 0],
    ]).chosen,
    [0],
  );
  assert.deepEqual(
    cover([
      [2, 3],
      [2, 4],
    ]).chosen,
    [2],
  );
  assert.deepEqual(cover([[]]).chosen, []);
});
