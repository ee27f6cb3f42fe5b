import assert from "node:assert/strict";
import { test } from "node:test";
import { createTally } from "../../../src/domain/monitoring/backtest/tally.ts";
import { leastThreshold } from "../../../src/domain/monitoring/backtest/threshold.ts";
import { activeDetector } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import type { Story } from "../../../src/domain/monitoring/watch/story.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import { DAY, SAMPLE_DETECTORS, START, watchedDecision, watchedPatient } from "../../support/watching.ts";

const [, MANY_PATIENTS] = SAMPLE_DETECTORS;
/** Half a year in which twenty people, others each week, look at more patients on some days. */
const halfYear = Array.from({ length: 180 * 40 }, (_, n) => {
  const day = Math.floor(n / 40);
  const subject = { type: "user", id: `u${n % 20}-${Math.floor(day / 7)}` };
  const patient = `p${(n + day) % (3 + (day % 7))}-${day % 3 === 0 ? n : 0}`;
  return watchedDecision(n, {
    ...{ subject, clientId: `c${n % 4}`, at: START + day * DAY + (n % 40) * 60_000 },
    patients: Array.from({ length: 1 + (n % 4) }, (_, i) => watchedPatient(`${patient}-${i}`)),
  });
});

test("what is over is kept as a count, and comes to the same as all of it would", () => {
  assert.ok(MANY_PATIENTS !== undefined);
  const from = START + 60 * DAY;
  const active = activeDetector(MANY_PATIENTS, "ON", { alertAt: 20 });
  const watch = createWatch([active], { closesAfterWeek: true });
  const tally = createTally(from, { samples: 5, mostPoints: 1_000 });
  const stories = new Map<string, { story: Story; before: number; ids: string[] }>();
  const opened = new Set<string>();
  const taken: string[] = [];
  for (let at = 0; at < halfYear.length; at += 77) {
    const part = halfYear.slice(at, at + 77);
    const told = watch.take(part);
    tally.add(part, told);
    taken.push(...tally.takeAlerted());
    for (const story of told.stories) stories.set(story.id, { before: 0, ids: [], ...stories.get(story.id), story });
    for (const finding of told.findings) {
      const one = stories.get(finding.storyId ?? "");
      if (one === undefined) continue;
      if (finding.at < from) one.before += finding.points;
      else if (one.ids.length < 50) one.ids.push(finding.decisionId);
    }
    for (const { alert, id } of told.opened) if (alert !== null && alert.openedAt >= from) opened.add(id);
  }
  assert.ok(opened.size > 50 && stories.size > 200, `${opened.size} of ${stories.size} stories are alerts`);
  assert.equal(tally.alerts, opened.size);
  assert.deepEqual(taken.sort(), [...opened].flatMap((id) => stories.get(id)?.ids ?? []).sort());
  const all = [...stories.values()].map(({ before, story }) => ({ before, points: story.points }));
  for (let most = 0; most < opened.size + 50; most += 7) {
    const bounds = { minimum: 1, maximum: 1_000, most };
    assert.deepEqual(leastThreshold(tally.storyPoints, bounds), leastThreshold(all, bounds), `at most ${most}`);
  }
  assert.ok(tally.storyPoints.length < all.length / 2, `${tally.storyPoints.length} of ${all.length} are kept`);
});
