import assert from "node:assert/strict";
import { test } from "node:test";
import { leastThreshold, type StoryPoints } from "../../../src/domain/monitoring/backtest/threshold.ts";

const alertsAt = (threshold: number, stories: readonly StoryPoints[]): number =>
  stories.filter(({ before, points }) => before < threshold && threshold <= points).length;

test("the least threshold is the first at which there are few enough alerts", () => {
  for (let n = 0; n < 300; n++) {
    const stories = Array.from({ length: n % 12 }, (_, i) => {
      const before = (i * 7 + n * 3) % 15;
      return { before, points: before + ((i * 5 + n) % 20) };
    });
    const bounds = { minimum: 1 + (n % 4), maximum: 10 + (n % 15), most: n % 5 };
    const alertAts = Array.from({ length: bounds.maximum - bounds.minimum + 1 }, (_, i) => bounds.minimum + i);
    const least = alertAts.find((each) => alertsAt(each, stories) <= bounds.most);
    const expected = least === undefined ? null : { alertAt: least, alerts: alertsAt(least, stories) };
    assert.deepEqual(leastThreshold(stories, bounds), expected);
  }
});

test("each story is looked at once, however many thresholds there are", () => {
  let looks = 0;
  const stories = Array.from({ length: 2_000 }, (_, i) => ({
    get before() {
      looks++;
      return i % 999;
    },
    points: 1_001,
  }));
  assert.equal(leastThreshold(stories, { minimum: 1, maximum: 1_000, most: 0 }), null);
  assert.equal(looks, stories.length);
});
