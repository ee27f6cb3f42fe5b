import type { Replay, ReplayQuery } from "./types.ts";

/** QUEUED and RUNNING are open; what has ended stays as it is. */
export type JobState = "QUEUED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";

/** A replay that is made apart from the request that asked for it. Times are milliseconds since 1970. */
export interface ReplayJob {
  readonly id: string;
  /** The caller who asked. */
  readonly owner: string;
  readonly state: JobState;
  /** From 0 to 1. */
  readonly progress: number;
  /** Decisions that were read so far. */
  readonly read: number;
  readonly baseRevision: number;
  /** SHA-256 of the canonical JSON of what was asked, in lower-case hexadecimal. */
  readonly inputSha256: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** When the instance that has it last said so. */
  readonly seenAt: number;
  /** Why it failed; null: it did not. */
  readonly reason: string | null;
  /** Of a job that is DONE. */
  readonly replay: Replay | null;
}

/** Where jobs are kept. Rejects with JOURNAL_UNAVAILABLE. */
export interface ReplayJobStore {
  /** Drops those that ended before a time, too. */
  add(job: ReplayJob, keepSince: number): Promise<void>;
  find(id: string): Promise<ReplayJob | null>;
  /** Notes what differs of an open job; false: it has ended, or is not there. */
  change(id: string, change: Partial<Omit<ReplayJob, "id">>): Promise<boolean>;
  /** Notes that these are still had. */
  seen(ids: readonly string[], at: number): Promise<void>;
  /** Ends as FAILED what is open and has not been seen since a time. */
  failAbandoned(abandoned: {
    readonly seenBefore: number;
    readonly at: number;
    readonly reason: string;
  }): Promise<void>;
  /** Whether no other instance can have a job: what is open when this one starts is nobody's. */
  readonly isAlone: boolean;
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

/** A replay under way. */
export interface RunningReplay {
  /** Null: it was cancelled. Rejects with what a replay rejects with, or when what made it ended. */
  readonly done: Promise<Replay | null>;
  cancel(): void;
}

/** Makes replays beside the decisions of this process, one at a time. */
export interface ReplayRunner {
  /** `onProgress` is told when the oldest decision that was read was made, and how many were. */
  run(task: ReplayTask, onProgress: (oldest: number, read: number) => void): RunningReplay;
}

/** The decisions that the journal has: the last position, and when the oldest and the newest were made; null: none. */
export interface JournalSpan {
  readonly end: number;
  readonly oldest: number;
  readonly newest: number;
}
