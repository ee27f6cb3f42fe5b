import type { WatchedDecision } from "../watchedDecision.ts";

/** Decisions as watching saw them when it came to them. Rejects with JOURNAL_UNAVAILABLE. */
export interface WatchedHistory {
  /** Those that were made in a window and stand after a position in the journal, in its order; at most `first`. Times in milliseconds since 1970. */
  read(query: {
    readonly from: number;
    readonly to: number;
    readonly after: number;
    readonly first: number;
  }): Promise<readonly WatchedDecision[]>;
  /** When the oldest and the newest of all were made; null: there is none. */
  span(): Promise<{ readonly oldest: number; readonly newest: number } | null>;
}
