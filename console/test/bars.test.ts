import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, scaleOf, unitOf } from "../src/ui/bars.ts";

process.env.TZ = "America/New_York";

test("what is counted by the hour is a bar a day of whoever reads it", () => {
  const [from, to] = ["2026-10-31T12:00:00Z", "2026-11-03T12:00:00Z"];
  const row = (at: string, allowed: number | null, denied = 0) => ({ key: [at], allowed, denied });
  const rows = [
    row("2026-10-31T12:00:00Z", 1),
    // Still the 31st in New York, and the last hour of it.
    row("2026-11-01T03:00:00Z", 2, 1),
    row("2026-11-01T04:00:00Z", 4),
    // Clocks go back on the 1st: it has 25 hours.
    row("2026-11-02T04:00:00Z", 8),
    row("2026-11-02T05:00:00Z", null, 16),
  ];
  const unit = unitOf(from, to);
  assert.deepEqual(unit, { by: "HOUR", bar: "DAY", name: "day" });
  assert.deepEqual(
    barsOf({ from, to, rows }, unit).map(({ label, allowed, denied }) => [label, allowed, denied]),
    [
      ["31 Oct 2026", 3, 1],
      ["1 Nov 2026", 12, 0],
      ["2 Nov 2026", 0, 16],
      ["3 Nov 2026", 0, 0],
    ],
  );
});

test("a longer window has the service's days, and says so; a short one has hours", () => {
  const unit = unitOf("2026-09-01T00:00:00Z", "2026-11-01T00:00:00Z");
  assert.deepEqual(unit, { by: "DAY", bar: "DAY", name: "day (UTC)" });
  const rows = [{ key: ["2026-10-31T00:00:00Z"], allowed: 5, denied: 0 }];
  const bars = barsOf({ from: "2026-10-30T00:00:00Z", to: "2026-11-01T00:00:00Z", rows }, unit);
  assert.deepEqual(
    bars.map(({ label, allowed }) => [label, allowed]),
    [
      ["30 Oct 2026", 0],
      ["31 Oct 2026", 5],
    ],
  );
  assert.equal(unitOf("2026-10-30T00:00:00Z", "2026-11-01T00:00:00Z").bar, "HOUR");
});

test("a scale has round marks from 0, the last at or above the most", () => {
  for (const [most, marks] of [
    [0, [0, 1]],
    [3, [0, 1, 2, 3]],
    [7, [0, 2, 4, 6, 8]],
    [100, [0, 50, 100]],
    [1234, [0, 500, 1000, 1500]],
  ] as const)
    assert.deepEqual(scaleOf(most), marks);
});
