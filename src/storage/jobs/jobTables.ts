import type { BacktestJob } from "../../domain/monitoring/backtest/backtestJobs.ts";
import type { Job } from "../../domain/simulation/jobs/job.ts";
import type { ReplayJob } from "../../domain/simulation/replay/jobs.ts";
import { type Column, type ColumnType, columnsOf } from "../database/columns.ts";

/** What every job has. */
const JOB = {
  id: "key",
  owner: "text",
  state: "text",
  progress: "integer",
  read: "integer",
  inputSha256: "text",
  createdAt: "integer",
  startedAt: "integer",
  endedAt: "integer",
  seenAt: "integer",
  reason: "text",
} as const satisfies Record<keyof Job, ColumnType>;

/** A table of jobs of one kind. */
export interface JobTable {
  readonly name: string;
  readonly columns: readonly Column[];
  /** What its jobs are called in messages. */
  readonly what: string;
}

export const replayJobTable: JobTable = {
  name: "replay_job",
  columns: columnsOf<ReplayJob>({ ...JOB, baseRevision: "integer", replay: "json" }),
  what: "Replays",
};

export const backtestJobTable: JobTable = {
  name: "backtest_job",
  columns: columnsOf<BacktestJob>({ ...JOB, detector: "text", from: "integer", to: "integer", backtest: "json" }),
  what: "Back-tests",
};
