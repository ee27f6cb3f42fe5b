import type { Explanation, ExplanationKind } from "./explanation.ts";
import type { ExplainedAccess } from "./seenBefore.ts";

/** By what shares are added up; DAY: when it was decided, in UTC. */
export type ShareDimension = "ORGANIZATION" | "CLIENT" | "ROLE" | "DAY";

/** Accesses of one group that one kind explained when they were made; null: nothing did. */
export interface ExplainedCount {
  /** Null where the accesses say nothing there, or nothing was asked; of DAY the time at which it begins, as a text. */
  readonly key: string | null;
  readonly kind: ExplanationKind | null;
  readonly count: number;
}

/** As the metric tells it: all that there ever were. `*`: all of further ones. */
export interface ExplainedTotal {
  readonly organization: string | null;
  readonly role: string | null;
  readonly explained: boolean;
  readonly count: number;
}

/** What was explained of accesses. All reject with JOURNAL_UNAVAILABLE. */
export interface WatchedAccessStore {
  /** The accesses of a decision, by patient, once all that is on record is explained. */
  ofDecision(decisionId: string): Promise<readonly ExplainedAccess[]>;
  /** What explained accesses to a patient's data when they were made, by position; null: nothing. Without those that are not asked why. */
  ofAccesses(patient: string, positions: readonly number[]): Promise<ReadonlyMap<number, Explanation | null>>;
  /** How many there were on days from one up to another, by group and kind; all that was on record at `asOf` is counted. */
  counts(query: {
    readonly from: number;
    readonly to: number;
    readonly by: ShareDimension | null;
  }): Promise<{ readonly asOf: number; readonly counts: readonly ExplainedCount[] }>;
  /** As far as they are counted. */
  totals(): Promise<readonly ExplainedTotal[]>;
  /** When revisions of the directory were made; milliseconds since 1970. */
  directoryTimes(revisions: readonly number[]): Promise<ReadonlyMap<number, number>>;
}
