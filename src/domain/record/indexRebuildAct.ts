import { type OnRecord, open, stepId } from "./onRecord.ts";

interface OfIndex {
  readonly rebuildId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The table, and of which months its decisions are, as `2026-03`; none: it had none yet. Of a rebuild of all that is searched `decision_index`. */
  readonly table: string;
  readonly months: readonly string[];
  /** What the database said of it; empty: nothing. */
  readonly finding: string;
  /** SHA-256 of its rows as they were found; null: nothing could be read. */
  readonly digestBefore: string | null;
}

/** Somebody had the whole index thrown away, to be made again from the journal; in the transaction in which it went. */
export interface IndexEmptied extends OfIndex {
  readonly event: "EMPTIED";
  /** The caller id of who ran that, at the machine. */
  readonly by: string;
}

/** A table of the search index was damaged, and was made again from the journal; or the whole index was, as somebody asked for. */
export interface Rebuilt extends OfIndex {
  readonly event: "REBUILT";
  /** Who asked for it; absent: nobody, it was damaged. */
  readonly by?: string;
  /** The positions that it was made of: after one, up to and with another. */
  readonly after: number;
  readonly until: number;
  /** SHA-256 of what was put into it, of the whole index of its rows; null: nothing was put in. */
  readonly digestAfter: string | null;
}

/** An auditor has taken note of that. */
interface RebuildAcknowledged {
  readonly event: "ACKNOWLEDGED";
  readonly rebuildId: string;
  readonly at: number;
  /** The id of the auditor's key or account. */
  readonly author: string;
}

/** It identifies nobody. */
export type IndexRebuildAct = IndexEmptied | Rebuilt | RebuildAcknowledged;

export const indexRebuildOnRecord = {
  words:
    "The search index, or a table of it, was thrown away or made again from the journal, or an auditor has taken note of that.",
  format: 1,
  id: stepId("index-rebuild", "rebuildId"),
  time: "at",
  members: {
    ...open("event", "rebuildId", "at", "author", "by", "table", "months", "finding", "after", "until"),
    ...open("digestBefore", "digestAfter"),
  },
  erased: "NOBODY",
} as const satisfies OnRecord<IndexRebuildAct>;
