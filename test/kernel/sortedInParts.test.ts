import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byText, sortedInParts } from "../../src/domain/kernel/sortedInParts.ts";

test("gives each name once, by code units, however many there are", async () => {
  const breathe = (): Promise<void> => Promise.resolve();
  const few = fc.array(fc.string(), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(few, fc.constantFrom(1, 900, 3_000, 5_001), async (names, times) => {
      // Many times the same names in another order, and each also with a number, so that parts overlap.
      const many = Array.from({ length: times }, (_, i) => names.map((name) => (i % 3 === 0 ? name : `${name}${i}`)));
      const given = many.flat().slice(0, 9_000).reverse();
      assert.deepEqual(await sortedInParts(given, breathe, byText), [...new Set(given)].sort());
    }),
    { numRuns: 60 },
  );
});

test("lets other work run between its parts", async () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `subject-${(i * 7919) % 20_000}`);
  let breaths = 0;
  await sortedInParts(names, async () => void breaths++, byText);
  // Once for each 2,000 names taken, and again for each 2,000 of every merge: four rounds make one of ten parts.
  assert.ok(breaths >= 10 + 3 * 8, `${breaths} breaths`);
});
