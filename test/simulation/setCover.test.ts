import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cover } from "../../src/domain/simulation/setCover.ts";

const breathe = (): Promise<void> => Promise.resolve();
const needsOf = (candidates: number) =>
  fc.array(fc.uniqueArray(fc.nat({ max: candidates - 1 }), { maxLength: 4 }), { maxLength: 12 });
const meets = (needs: readonly (readonly number[])[], chosen: readonly number[]): boolean =>
  needs.every((need) => need.length === 0 || need.some((c) => chosen.includes(c)));

test("every need is met, and by brute force no choice is smaller", async () => {
  await fc.assert(
    fc.asyncProperty(needsOf(8), async (needs) => {
      const { chosen, exact } = await cover(needs, breathe);
      assert.ok(exact && meets(needs, chosen));
      for (let mask = 0; mask < 256; mask++) {
        const other = [...Array(8).keys()].filter((i) => (mask & (1 << i)) !== 0);
        if (other.length < chosen.length) assert.ok(!meets(needs, other), `${other} would do`);
      }
    }),
  );
});

test("of many candidates, every need is met and none that was chosen is needless", async () => {
  let greedy = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(fc.nat({ max: 40 }), { minLength: 2, maxLength: 5 }), { minLength: 20 }),
      async (needs) => {
        const { chosen, exact } = await cover(needs, breathe);
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

test("of equal choices the earlier candidates win", async () => {
  const chosen = async (...needs: number[][]) => (await cover(needs, breathe)).chosen;
  assert.deepEqual(await chosen([0, 1], [1, 0]), [0]);
  assert.deepEqual(await chosen([2, 3], [2, 4]), [2]);
  assert.deepEqual(await chosen([]), []);
});

test("other work runs between its parts, however many combinations there are", async () => {
  let breaths = 0;
  const needs = Array.from({ length: 16 }, (_, i) => [i, (i + 1) % 16]);
  const { exact } = await cover(needs, async () => void breaths++);
  assert.ok(exact);
  assert.ok(breaths >= 2 ** 16 / 256, `${breaths} breaths`);
});
