import { type OnRecord, open, stepId } from "./onRecord.ts";

/** A table of the search index was damaged, and was made again from the journal. */
export interface Rebuilt {
  readonly event: "REBUILT";
  readonly rebuildId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The table, and of which months its decisions are, as `2026-03`; none: it had none yet. */
  readonly table: string;
  readonly months: readonly string[];
  /** What the database said of it. */
  readonly finding: string;
  /** The positions that it was made of: after one, up to and with another. */
  readonly after: number;
  readonly until: number;
  /** SHA-256 of its rows as they were found, and of what was put into it; null: nothing could be read, or nothing was put in. */
  readonly digestBefore: string | null;
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
export type IndexRebuildAct = Rebuilt | RebuildAcknowledged;

export const indexRebuildOnRecord = {
  words: "A table of the search index was made again from the journal, or an auditor has taken note of that.",
  format: 1,
  id: stepId("index-rebuild", "rebuildId"),
  time: "at",
  members: {
    ...open("event", "rebuildId", "at", "author", "table", "months", "finding", "after", "until"),
    ...open("digestBefore", "digestAfter"),
  },
  erased: "NOBODY",
} as const satisfies OnRecord<IndexRebuildAct>;
