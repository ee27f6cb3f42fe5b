import assert from "node:assert/strict";
import { test } from "node:test";
import { readCountedWindow } from "../../src/domain/audit/countedWindow.ts";
import { Reader } from "../../src/domain/kernel/reader.ts";

const DAY = 86_400_000;
const windowOf = (from: number, to: number | null, now: number) => {
  const read = new Reader();
  const asked = readCountedWindow(read, { from, to }, { by: "day", maxDays: 400, now });
  read.check();
  return asked;
};

test("a window until now is counted until now, also when a new hour begins at this moment", () => {
  const noon = Date.parse("2026-10-15T12:00:00Z");
  const midnight = Date.parse("2026-10-15T00:00:00Z");
  for (const now of [noon, noon + 1])
    for (const to of [now, null])
      assert.deepEqual(windowOf(now - DAY, to, now), { from: midnight, to: now + 1, isWhole: false }, `${now} ${to}`);
  assert.throws(() => windowOf(noon - DAY, noon, noon + 1), /must leave a whole day \(UTC\) after `from`/);
});
