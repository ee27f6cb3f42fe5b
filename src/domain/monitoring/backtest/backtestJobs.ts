import { untilNow } from "../../audit/countedWindow.ts";
import type { RecordAudit } from "../../audit/recordReads.ts";
import type { Identity } from "../../callers/types.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Clock, Pseudonym, Sha256 } from "../../kernel/ports.ts";
import type { Job, RunningWork } from "../../simulation/jobs/job.ts";
import type { JobQueue } from "../../simulation/jobs/jobQueue.ts";
import { seesPatients } from "../alerts/seen.ts";
import type { Detector, DetectorCode } from "../detectors/detector.ts";
import type { DetectorStore } from "../detectors/store.ts";
import { type BacktestInput, type BacktestTask, backtestTask, readBacktest } from "./backtestInput.ts";
import type { Backtest, MadeBacktest } from "./makeBacktest.ts";
import { seenBacktest } from "./seenBacktest.ts";

/** A back-test that is made apart from the request that asked for it. Times are milliseconds since 1970. */
export interface BacktestJob extends Job {
  readonly kind: "BACKTEST";
  readonly detector: DetectorCode;
  readonly from: number;
  readonly to: number;
  readonly result: MadeBacktest | null;
}

/** What came of it, and how many decisions were read, those to learn from too. */
export type BacktestDone = Pick<BacktestJob, "read"> & { readonly result: MadeBacktest };

/** Makes back-tests beside the decisions of this process, one at a time. */
export interface BacktestRunner {
  /** `onProgress` is told how far it is, from 0 to 1, and how many decisions it has read. */
  run(task: BacktestTask, onProgress: (progress: number, read: number) => void): RunningWork<BacktestDone>;
}

/** Back-tests that are made apart, in their turn among all that is. */
export interface BacktestJobs {
  /**
   * By what the detector is set to now, whatever becomes of it meanwhile. That it was asked is on record before it begins.
   * @throws ScopewardenError BAD_USER_INPUT with every problem; LIMIT_EXCEEDED when too many are open, POLICY_UNAVAILABLE
   */
  start(caller: Identity, input: BacktestInput): Promise<BacktestJob>;
  /** What came of one as a caller may see it. That an auditor is shown accesses is on record before. Rejects with JOURNAL_UNAVAILABLE. */
  seen(caller: Identity, made: MadeBacktest): Promise<Backtest>;
}

export function createBacktestJobs(deps: {
  readonly detectors: readonly Detector[];
  readonly settings: DetectorStore["settings"];
  readonly jobs: Pick<JobQueue<BacktestJob>, "start">;
  readonly runner: BacktestRunner;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly recordAudit: RecordAudit;
}): BacktestJobs {
  const { detectors, jobs, recordAudit, runner, settings, sha256 } = deps;
  const filterOf = ({ detector, from, to }: BacktestTask | Backtest) => ({ detector, from, to });

  return {
    async start(caller, asked) {
      const input = untilNow(asked, deps.clock());
      const detector = readBacktest(detectors, input);
      const task = backtestTask(detector, await settings(), input);
      return jobs.start(caller.id, {
        prepare: () => recordAudit(caller, { field: "startBacktest", filter: filterOf(task), shown: 0 }),
        jobOf: (made): BacktestJob => ({
          ...made,
          ...filterOf(task),
          kind: "BACKTEST",
          baseRevision: null,
          inputSha256: sha256(canonicalJson(task as unknown as Json)),
        }),
        work: async (_, tell) => runner.run(task, tell),
      });
    },
    async seen(caller, made) {
      const seen = await seenBacktest(caller, made, deps.pseudonym);
      const shown = seen.samples.length;
      if (shown > 0 && seesPatients(caller)) await recordAudit(caller, { field: "job", filter: filterOf(seen), shown });
      return seen;
    },
  };
}
