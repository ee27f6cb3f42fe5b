import sqlite3 from "sqlite3";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { backtestTask } from "../../../src/domain/monitoring/backtest/backtestInput.ts";
import { activeDetector } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { watchedText } from "../../../src/storage/monitoring/watchedText.ts";
import { openStorage } from "../../../src/storage/storage.ts";
import { decision } from "../../../test/storage/samples.ts";
import { builtJobThreads } from "../lib/build.ts";
import { watchedDecisions } from "./decisions.ts";

const FROM = 1_795_500_000_000;
const PART = 500;

/** Microseconds that a decision takes of one detector: in memory, read besides, and as a job, in its thread. */
export interface BacktestTime {
  readonly detector: string;
  readonly looked: number;
  readonly whole: number;
  readonly apart: number;
}

/** The record of a decision, as far as watching is about it. */
function recordOf(watched: WatchedDecision): AccessRecord {
  const made = decision(watched.position) as AccessRecord;
  const { action, at, callerId, clientId, id, labels, organization, outcome, patients, resourceId, resourceType } =
    watched;
  const subject = watched.subject && { ...watched.subject, organization: null, roles: null, attributes: null };
  const resource = { ...made.request.resource, id: resourceId, labels, organization, patient: patients[0]?.id ?? null };
  return {
    ...{ ...made, callerId, decidedAt: at, id, outcome },
    request: {
      ...{ ...made.request, clientId, purposeOfUse: watched.purposeOfUse, scopes: watched.scopesAsked, subject },
      action: action ?? made.request.action,
      resource: { ...resource, type: resourceType ?? resource.type },
    },
  };
}

/** Keeps decisions as watching does, beside their records. */
async function fill(file: string, decisions: readonly WatchedDecision[]): Promise<void> {
  const storage = await openStorage({ url: `sqlite:${file}`, clock: Date.now, following: { consumers: [] } });
  const records = decisions.map(recordOf);
  for (let at = 0; at < records.length; at += 250) await storage.journal.append(records.slice(at, at + 250));
  await storage.close();
  const database = new sqlite3.Database(file);
  const run = (sql: string, parameters: readonly unknown[] = []): Promise<void> =>
    new Promise((resolve, reject) => {
      database.run(sql, parameters, (error) => (error === null ? resolve() : reject(error)));
    });
  for (let at = 0; at < decisions.length; at += 5_000) {
    const rows = decisions
      .slice(at, at + 5_000)
      .map((each, i) => [each.position, each.at, watchedText(each, records[at + i] as AccessRecord)]);
    const values = `SELECT "value"->>0, "value"->>1, "value"->>2 FROM json_each(?)`;
    await run(`INSERT INTO watched_decision ("position", "at", "watched") ${values}`, [JSON.stringify(rows)]);
  }
  await new Promise((resolve) => database.close(resolve));
}

const usEach = async (count: number, work: () => Promise<void> | void): Promise<number> => {
  const since = performance.now();
  await work();
  return ((performance.now() - since) * 1000) / count;
};

/** Tries each detector on the same decisions, of 1,000 clients and 5,000 people over 90 days. */
export async function measureBacktests(file: string, count: number): Promise<readonly BacktestTime[]> {
  const all = [...watchedDecisions({ decisions: count, clients: 1_000, subjects: 5_000, from: FROM })];
  await fill(file, all);
  const storage = await openStorage({ url: `sqlite:${file}`, clock: Date.now, following: { consumers: [] } });
  const times: BacktestTime[] = [];
  const threads = (await builtJobThreads())({ databaseUrl: `sqlite:${file}` });
  try {
    for (const detector of DETECTORS) {
      const active = [activeDetector(detector, "ON", {})];
      const looked = await usEach(count, () => {
        const watch = createWatch(active);
        for (let at = 0; at < count; at += PART) watch.take(all.slice(at, at + PART));
      });
      const whole = await usEach(count, async () => {
        const watch = createWatch(active);
        for (let after = 0; ; ) {
          const { items } = await storage.watchedHistory.read({ from: 0, to: 9e15, after, first: PART });
          if (items.length === 0) break;
          watch.take(items.map(({ node }) => node));
          after = items.at(-1)?.key ?? after;
        }
      });
      const window = { from: FROM, to: FROM + 180 * 86_400_000, samples: 100, alertsPerWeek: 5 };
      const task = backtestTask(detector, [], { detector: detector.code, ...window });
      const apart = await usEach(count, async () => {
        const done = await threads.backtestApart(task, () => {}).done;
        if (done?.read !== count || !done.result.complete) throw new Error(`${done?.read} decisions were read`);
      });
      times.push({ detector: detector.code, looked, whole, apart });
    }
  } finally {
    await threads.close();
    await storage.close();
  }
  return times;
}
