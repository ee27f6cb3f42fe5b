import type { StoredAct } from "../tree/leafEntry.ts";
import type { ArchiveAct } from "./archiveAct.ts";

/** A month whose acts are in a file, as the database remembers it. */
export interface Archive
  extends Pick<ArchiveAct, "at" | "file" | "first" | "from" | "month" | "sha256" | "size" | "until"> {
  /** The act by which it left. */
  readonly actId: string;
  /** The revision of the directory that stood at its end. */
  readonly directoryRevision: number;
  /** Up to and with which position its acts have left the database: `until`, once all have. */
  readonly removedTo: number;
}

/** What left the database, and how it leaves. All reject with JOURNAL_UNAVAILABLE. */
export interface ArchiveStore {
  /** The oldest first. */
  archives(): Promise<readonly Archive[]>;
  /** The names of the followers of the journal that must take acts before these may leave, in alphabetical order. */
  followers(): Promise<readonly string[]>;
  /** The names of those of them that have not taken all acts up to and with a position, once those at work here have caught up. */
  followersBefore(position: number): Promise<readonly string[]>;
  /**
   * Puts on record that a month is in a file, from when on its acts may leave.
   * @throws ScopewardenError CONFLICT where another was archived meanwhile, or the one before has not left yet
   */
  add(act: ArchiveAct, directoryRevision: number): Promise<Archive>;
  /**
   * Takes the acts of an archive out of the database, a few at a time, decisions going first; goes on where it was. The acts by which
   * the key of checkpoints was exchanged stay: without them who has an old key could follow no longer.
   */
  remove(archive: Archive, progress: (removedTo: number) => void): Promise<void>;
}

/** Reads the acts after a position up to and with another, in their order: as many as a page has room for. */
export type ReadStoredActs = (query: {
  readonly after: number;
  readonly until: number;
  readonly first: number;
  readonly kinds: null;
}) => Promise<{ readonly acts: readonly StoredAct[] }>;
