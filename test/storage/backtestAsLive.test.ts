import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { AccessRecord, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { backtestTask } from "../../src/domain/monitoring/backtest/backtestInput.ts";
import { makeBacktest } from "../../src/domain/monitoring/backtest/makeBacktest.ts";
import { DETECTORS } from "../../src/domain/monitoring/detectors/detectors.ts";
import type { KeptFinding } from "../../src/domain/monitoring/watch/keptFinding.ts";
import type { WatchedDecision } from "../../src/domain/monitoring/watchedDecision.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { incidents, month } from "../monitoring/detectors/month.ts";
import { decision } from "./samples.ts";
import { sampleWatching } from "./sampleWatching.ts";
import { onEveryBackend } from "./suite.ts";

const EVERY = { first: 10_000, after: null };
/** Six weeks as usual, and all incidents after them; what comes latest is what wakes a dormant client. */
const decisions = [
  ...month(),
  ...Object.values(incidents)
    .flat()
    .sort((a, b) => a.at - b.at),
].map((each, n): WatchedDecision => ({ ...each, id: `seen-${String(n).padStart(5, "0")}` }));
/** Its record, as far as it says whose the data is: what a back-test reads. */
function recordOf({ at, id, patients }: WatchedDecision, n: number): DecisionRecord {
  const { request } = decision(n) as AccessRecord;
  const named = patients.map((each) => each.id);
  const resource = { ...request.resource, patient: null, patients: named };
  return decision(n, { id, decidedAt: at, patients: named, request: { ...request, resource } });
}
const byId = new Map(decisions.map((each) => [each.id, each]));
/** Alone, a detector makes stories of its own findings. */
const withoutStory = ({ storyId, ...rest }: KeptFinding) => rest;

onEveryBackend("a back-test is as live", ({ open, backend }) => {
  let storage: Storage;
  let live: readonly KeptFinding[] = [];
  before(async () => {
    const url = await backend().fresh();
    const setUp = await open(url);
    for (const { code } of DETECTORS) {
      const set = { detector: code, mode: "ON", parameters: {}, alertsPerWeek: null, version: 1 } as const;
      await setUp.detectors.change(
        { ...set, changedAt: 1, changedBy: "key:admin", reason: "tried" },
        {
          ...set,
          at: 1,
          author: "key:admin",
          text: "tried",
          before: { mode: "SHADOW", parameters: {}, alertsPerWeek: null },
        },
      );
    }
    await setUp.close();
    const watching = sampleWatching(
      DETECTORS,
      async () => {},
      Date.now,
      ({ id }, position) => ({ ...(byId.get(id) as WatchedDecision), position }),
    );
    storage = await open(url, { following: { consumers: [[watching]] } });
    // In steps of their own: what is learnt goes through the database between them.
    for (let n = 0; n < decisions.length; n += 150) {
      const part = decisions.slice(n, n + 150).map((each, i) => recordOf(each, n + i));
      await storage.journal.append(part);
      await storage.untilFollowed();
    }
    const { items } = await storage.alerts.findings({ filter: {}, page: EVERY });
    live = items.map(({ node }) => node);
  });

  for (const detector of DETECTORS)
    test(`${detector.code}: the same findings, id by id`, async () => {
      const expected = live.filter((each) => each.detector === detector.code).map(withoutStory);
      assert.ok(expected.length > 0);
      const window = { from: decisions[0]?.at ?? 0, to: (decisions.at(-1)?.at ?? 0) + 1 };
      // The page has its own length, whatever is asked for.
      for (const most of [500, 37]) {
        const { read } = storage.watchedHistory;
        const { samples, ...made } = await makeBacktest(
          {
            history: { ...storage.watchedHistory, read: (query) => read({ ...query, first: most }) },
            alerts: storage.alerts,
            breathe: async () => {},
          },
          detector,
          { ...backtestTask(detector, [], { detector: detector.code, ...window }), samples: 10_000 },
          { isTimeUp: () => false },
        );
        assert.deepEqual([made.decisions, made.findings], [decisions.length, expected.length]);
        const inOrder = samples.map(withoutStory).toSorted((a, b) => (a.id < b.id ? 1 : -1));
        assert.deepEqual(
          inOrder,
          expected.toSorted((a, b) => (a.id < b.id ? 1 : -1)),
        );
      }
    });
});
