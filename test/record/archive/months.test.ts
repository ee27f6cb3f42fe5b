import assert from "node:assert/strict";
import { test } from "node:test";
import { createArchivedIn } from "../../../src/domain/record/archive/archivedIn.ts";
import { isMonth, monthOf, monthsLater } from "../../../src/domain/record/archive/months.ts";

test("months are named by UTC, and counted over the ends of years", () => {
  assert.equal(monthOf(Date.parse("2024-06-01T00:00:00Z") - 1), "2024-05");
  assert.equal(monthOf(Date.parse("2024-06-01T00:00:00Z")), "2024-06");
  for (const time of [Number.NaN, 1e300, -1e300, 9e15, 253_402_300_800_000])
    assert.equal(monthOf(time), null, `${time}`);
  assert.deepEqual(
    ["2024-01", "2024-12", "2024-13", "2024-00", "2024-5", "24-05", "2024-05-01", " 2024-05", "2024-05\n"].map(isMonth),
    [true, true, false, false, false, false, false, false, false],
  );
  for (const [month, by, then] of [
    ["2024-01", -1, "2023-12"],
    ["2024-12", 1, "2025-01"],
    ["2024-05", -24, "2022-05"],
    ["2024-05", 0, "2024-05"],
  ] as const)
    assert.equal(monthsLater(month, by), then);
});

test("a window reaches into the archived months that it overlaps, to the millisecond", async () => {
  const months = ["2024-03", "2024-04", "2024-05"];
  const archivedIn = createArchivedIn({ archives: async () => months.map((month) => ({ month }) as never) });
  const of = async (from: string | null, to: string | null) =>
    (
      await archivedIn({ from: from === null ? null : Date.parse(from), to: to === null ? undefined : Date.parse(to) })
    ).map(({ month }) => month);
  assert.deepEqual(await of(null, null), months);
  assert.deepEqual(await of("2024-04-30T23:59:59.999Z", null), ["2024-04", "2024-05"]);
  assert.deepEqual(await of("2024-05-01", "2024-05-02"), ["2024-05"]);
  assert.deepEqual(await of(null, "2024-04-01"), ["2024-03"]);
  assert.deepEqual(await of(null, "2024-04-01T00:00:00.001Z"), ["2024-03", "2024-04"]);
  assert.deepEqual(await of("2024-06-01", null), []);
});
