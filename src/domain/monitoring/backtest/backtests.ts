import { untilNow } from "../../audit/countedWindow.ts";
import type { RecordAudit } from "../../audit/recordReads.ts";
import type { Identity } from "../../callers/types.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Breathe, Clock, MonotonicClock, NewId, Sha256 } from "../../kernel/ports.ts";
import { wholeDays } from "../../kernel/time.ts";
import { simulationAct } from "../../record/acts.ts";
import type { Job, RunApart } from "../../simulation/jobs/job.ts";
import type { JobQueue } from "../../simulation/jobs/jobQueue.ts";
import type { RecordAct } from "../../simulation/whatIf.ts";
import { seesPatients } from "../alerts/seen.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Detector } from "../detectors/detector.ts";
import type { DetectorStore } from "../detectors/store.ts";
import { type BacktestInput, type BacktestTask, backtestTask, readBacktest } from "./backtestInput.ts";
import { type MadeBacktest, makeBacktest, type WatchedHistory } from "./makeBacktest.ts";
import { backtestWithoutPeople, type SeenBacktest, wholeBacktest } from "./seenBacktest.ts";

export const MAX_MS = 10_000;

/** A detector tried on recorded decisions. All reject with JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE. */
export interface Backtests {
  /**
   * For ten seconds at most. That it was tried is on record before the answer.
   * @throws ScopewardenError BAD_USER_INPUT with every problem
   */
  backtest(caller: Identity, input: BacktestInput): Promise<SeenBacktest>;
  /**
   * Apart, in its turn, by what the detector is set to now, whatever becomes of it meanwhile. That it was asked is on record before it begins.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; LIMIT_EXCEEDED when too many jobs are open
   */
  start(caller: Identity, input: BacktestInput): Promise<Job>;
  /** What came of a job as a caller may see it. That an auditor is shown accesses is on record before. */
  seen(caller: Identity, made: MadeBacktest): Promise<SeenBacktest>;
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
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly breathe: Breathe;
  readonly sha256: Sha256;
  readonly recordAudit: RecordAudit;
  readonly recordAct: RecordAct;
  readonly newId: NewId;
  readonly facts: () => Pick<DecideFacts, "now" | "snapshot">;
}): Backtests {
  const { backtestApart, detectors, jobs, monotonic, recordAudit, settings, sha256 } = deps;
  const filterOf = ({ detector, from, to }: BacktestTask | SeenBacktest) => ({ detector, from, to });

  /** Who may not know whose the decisions are asks of whole days. */
  async function read(
    caller: Identity,
    asked: BacktestInput,
  ): Promise<{ readonly detector: Detector; readonly task: BacktestTask }> {
    const now = deps.clock();
    const input = untilNow(asked, now);
    const detector = readBacktest(detectors, input);
    const days = wholeDays({ from: input.from, to: input.to });
    const window = seesPatients(caller)
      ? input
      : { ...input, from: days.from, to: Math.min(days.to, Math.max(now + 1, input.to)) };
    return { detector, task: backtestTask(detector, await settings(), window) };
  }

  /** Of an auditor as what was read on record; of others as the question that it is. */
  function recordAsked(
    caller: Identity,
    {
      field,
      questions,
      shown: items,
      task,
    }: { readonly field: string; readonly task: BacktestTask } & {
      readonly shown: number;
      readonly questions: number;
    },
  ): Promise<void> {
    if (seesPatients(caller)) return recordAudit(caller, { field, filter: filterOf(task), shown: items });
    const { now, snapshot } = deps.facts();
    const { samples: _, ...asked } = task;
    const nothing = { operations: 0, operationsSha256: sha256("[]") };
    const by = { asked, at: now, baseRevision: snapshot.revision, callerId: caller.id, field, questions };
    return deps.recordAct(simulationAct(deps.newId(), { ...by, ...nothing }));
  }

  const shown = (caller: Identity, made: MadeBacktest): SeenBacktest =>
    seesPatients(caller) ? wholeBacktest(made) : backtestWithoutPeople(made);

  return {
    async backtest(caller, asked) {
      const { detector, task } = await read(caller, asked);
      const until = monotonic() + MAX_MS;
      const made = await makeBacktest(deps, detector, task, { isTimeUp: () => monotonic() > until });
      const seen = shown(caller, made);
      await recordAsked(caller, { field: "backtest", task, shown: seen.samples.length, questions: made.decisions });
      return seen;
    },
    async start(caller, asked) {
      const { task } = await read(caller, asked);
      return jobs.start(caller.id, {
        prepare: () => recordAsked(caller, { field: "startBacktest", task, shown: 0, questions: 0 }),
        asked: {
          ...{ ...filterOf(task), kind: "BACKTEST", baseRevision: null },
          inputSha256: sha256(canonicalJson(task as unknown as Json)),
        },
        begin: async (_, tell) => backtestApart(task, tell),
      });
    },
    async seen(caller, made) {
      const seen = shown(caller, made);
      const { length } = seen.samples;
      if (length > 0 && seesPatients(caller))
        await recordAudit(caller, { field: "job", filter: filterOf(seen), shown: length });
      return seen;
    },
  };
}
