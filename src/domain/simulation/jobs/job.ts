/** QUEUED and RUNNING are open; what has ended stays as it is. */
export type JobState = "QUEUED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";

export type JobKind = "REPLAY" | "BACKTEST";

/** Work that is done apart from the request that asked for it. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** The caller who asked. */
  readonly owner: string;
  readonly state: JobState;
  /** From 0 to 1. */
  readonly progress: number;
  /** Decisions that were read so far. */
  readonly read: number;
  /** SHA-256 of the canonical JSON of what was asked, in lower-case hexadecimal. */
  readonly inputSha256: string;
  /** The revision of the policy by which a replay is made; null: it is none. */
  readonly baseRevision: number | null;
  /** The code of the detector that a back-test tries; null: it is none. */
  readonly detector: string | null;
  /** The window of decisions that was asked for, its end excluded; null: no bound. */
  readonly from: number | null;
  readonly to: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** When the instance that has it last said so. */
  readonly seenAt: number;
  /** Why it failed; null: it did not. */
  readonly reason: string | null;
  /** What a job that is DONE came to, by its kind. */
  readonly result: unknown;
}

/** Is told how far work is, from 0 to 1, and how many decisions it has read. */
export type Tell = (progress: number, read: number) => void;

/** Where jobs are kept. Rejects with JOURNAL_UNAVAILABLE. */
export interface JobStore {
  /** Drops those that ended before a time, too. */
  add(job: Job, keepSince: number): Promise<void>;
  find(id: string): Promise<Job | null>;
  /** Notes what differs of an open job; false: it has ended, or is not there. */
  change(id: string, change: Partial<Omit<Job, "id" | "kind">>): Promise<boolean>;
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

/** What a job came to, and how many decisions it read. */
export interface Done<Result> {
  readonly read: number;
  readonly result: Result;
}

/** Work under way. */
export interface RunningWork<Made> {
  /** Null: it was cancelled. Rejects with what the work rejects with, or when what does it ended. */
  readonly done: Promise<Made | null>;
  cancel(): void;
}

/** Begins work in a thread beside the decisions of this process. */
export type RunApart<Task, Result> = (task: Task, tell: Tell) => RunningWork<Done<Result>>;
