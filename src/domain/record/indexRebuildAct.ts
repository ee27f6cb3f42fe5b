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
