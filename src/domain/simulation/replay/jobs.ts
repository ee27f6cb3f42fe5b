import type { Job, RunningWork } from "../jobs/job.ts";
import type { Replay, ReplayQuery } from "./types.ts";

/** A replay that is made apart from the request that asked for it. */
export interface ReplayJob extends Job {
  readonly kind: "REPLAY";
  readonly baseRevision: number;
  readonly result: Replay | null;
}

/** What a replay apart goes by: it does not matter what becomes of policy and journal meanwhile. */
export interface ReplayTask {
  readonly query: ReplayQuery;
  readonly baseRevision: number;
  /** The time at which the change is thought to be made, in milliseconds since 1970. */
  readonly now: number;
  /** The last position in the journal that is read. */
  readonly journalEnd: number;
}

/** Makes replays beside the decisions of this process, one at a time. */
export interface ReplayRunner {
  /** `onProgress` is told when the oldest decision that was read was made, and how many were. */
  run(task: ReplayTask, onProgress: (oldest: number, read: number) => void): RunningWork<Replay>;
}

/** The decisions that the journal has: the last position, and when the oldest and the newest were made; null: none. */
export interface JournalSpan {
  readonly end: number;
  readonly oldest: number;
  readonly newest: number;
}
