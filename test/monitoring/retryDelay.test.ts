import assert from "node:assert/strict";
import { test } from "node:test";
import { retryDelay } from "../../src/domain/monitoring/webhooks/retryDelay.ts";

const HOUR_MS = 3_600_000;

test("each further pause is three times as long, up to twelve hours, a quarter more or less", () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((attempts) => retryDelay(attempts, 0.5)),
    [5_000, 15_000, 45_000, 135_000],
  );
  assert.equal(retryDelay(12, 0.5), 12 * HOUR_MS);
  assert.equal(retryDelay(1_000, 0.5), 12 * HOUR_MS);
  assert.deepEqual([retryDelay(1, 0), retryDelay(1, 1)], [3_750, 6_250]);
});

test("twelve attempts take about a day and a half", () => {
  const pauses = Array.from({ length: 11 }, (_, i) => retryDelay(i + 1, 0.5));
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / HOUR_MS;
  assert.ok(hours > 33 && hours < 39, `${hours} hours`);
});
