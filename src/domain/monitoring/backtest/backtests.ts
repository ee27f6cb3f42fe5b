import { untilNow } from "../../audit/countedWindow.ts";
import type { RecordAudit } from "../../audit/recordReads.ts";
import { seesAccesses } from "../../callers/permissions.ts";
import type { Identity } from "../../callers/types.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Breathe, Clock, MonotonicClock, Pseudonym, Sha256 } from "../../kernel/ports.ts";
import type { Job, RunApart } from "../../simulation/jobs/job.ts";
import type { JobQueue } from "../../simulation/jobs/jobQueue.ts";
import { findingSeen, seesPatients } from "../alerts/seen.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Detector } from "../detectors/detector.ts";
import type { DetectorStore } from "../detectors/store.ts";
import { type BacktestInput, type BacktestTask, backtestTask, readBacktest } from "./backtestInput.ts";
import { type Backtest, type MadeBacktest, makeBacktest, type WatchedHistory } from "./makeBacktest.ts";

export const MAX_MS = 10_000;

/** A detector tried on recorded decisions. All reject with JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE. */
export interface Backtests {
  /**
   * For ten seconds at most. That it was tried is on record before the answer.
   * @throws ScopewardenError BAD_USER_INPUT with every problem
   */
  backtest(caller: Identity, input: BacktestInput): Promise<Backtest>;
  /**
   * Apart, in its turn, by what the detector is set to now, whatever becomes of it meanwhile. That it was asked is on record before it begins.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; LIMIT_EXCEEDED when too many jobs are open
   */
  start(caller: Identity, input: BacktestInput): Promise<Job>;
  /** What came of a job as a caller may see it. That an auditor is shown accesses is on record before. */
  seen(caller: Identity, made: MadeBacktest): Promise<Backtest>;
}

/** What came of a job that made a back-test. */
export const backtestOfJob = ({ kind, result }: Job): MadeBacktest | null =>
  kind === "BACKTEST" ? (result as MadeBacktest | null) : null;

export function createBacktests(deps: {
  readonly detectors: readonly Detector[];
  readonly settings: DetectorStore["settings"];
  readonly alerts: Pick<AlertStore, "verdictsOn">;
  readonly history: WatchedHistory;
  readonly jobs: Pick<JobQueue, "start">;
  readonly backtestApart: RunApart<BacktestTask, MadeBacktest>;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly breathe: Breathe;
  readonly sha256: Sha256;
  readonly recordAudit: RecordAudit;
}): Backtests {
  const { backtestApart, detectors, jobs, monotonic, recordAudit, settings, sha256 } = deps;
  const filterOf = ({ detector, from, to }: BacktestTask | Backtest) => ({ detector, from, to });

  async function read(asked: BacktestInput): Promise<{ readonly detector: Detector; readonly task: BacktestTask }> {
    const input = untilNow(asked, deps.clock());
    const detector = readBacktest(detectors, input);
    return { detector, task: backtestTask(detector, await settings(), input) };
  }

  /** To a reviewer samples have pseudonyms of patients, an admin sees none. */
  async function shown(caller: Identity, { ownSubjects, samples, ...counts }: MadeBacktest): Promise<Backtest> {
    if (!seesAccesses(caller) || samples.length === 0) return { ...counts, samples: [] };
    if (seesPatients(caller)) return { ...counts, samples };
    const seen = { of: await deps.pseudonym(), own: new Set(ownSubjects) };
    return { ...counts, samples: samples.map((one) => findingSeen(one, seen)) };
  }

  return {
    async backtest(caller, asked) {
      const { detector, task } = await read(asked);
      const until = monotonic() + MAX_MS;
      const seen = await shown(
        caller,
        await makeBacktest(deps, detector, task, { isTimeUp: () => monotonic() > until }),
      );
      await recordAudit(caller, { field: "backtest", filter: filterOf(task), shown: seen.samples.length });
      return seen;
    },
    async start(caller, asked) {
      const { task } = await read(asked);
      return jobs.start(caller.id, {
        prepare: () => recordAudit(caller, { field: "startBacktest", filter: filterOf(task), shown: 0 }),
        asked: {
          ...{ ...filterOf(task), kind: "BACKTEST", baseRevision: null },
          inputSha256: sha256(canonicalJson(task as unknown as Json)),
        },
        begin: async (_, tell) => backtestApart(task, tell),
      });
    },
    async seen(caller, made) {
      const seen = await shown(caller, made);
      const { length } = seen.samples;
      if (length > 0 && seesPatients(caller))
        await recordAudit(caller, { field: "job", filter: filterOf(seen), shown: length });
      return seen;
    },
  };
}
