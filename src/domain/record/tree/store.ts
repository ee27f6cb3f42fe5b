import type { Opening } from "./leafEntry.ts";
import type { LeafRange } from "./merkleTree.ts";
import type { Digest } from "./recordHash.ts";
import type { TreeRoot } from "./verifyProof.ts";

/** An act as a leaf of the tree. */
export interface RecordedLeaf {
  /** From 0, in the order of the journal, without gaps. */
  readonly index: number;
  readonly entry: string;
  /** The personal values that are not erased, by path, with what proves them against the entry. */
  readonly openings: { readonly [path: string]: Opening };
  readonly kind: string;
}

/** A signed head of the tree. */
export interface StoredCheckpoint extends TreeRoot {
  /** The checkpoint itself (C2SP tlog-checkpoint). */
  readonly note: string;
  /** When, in milliseconds since 1970, by the clock of who signed it: no part of what is signed. */
  readonly signedAt: number;
}

/** A key that checkpoints are signed with. */
export interface CheckpointKey {
  /** `<name>+<key id>+<key>`. */
  readonly publicKey: string;
  readonly madeAt: number;
  /** How large the tree was when it took over. */
  readonly sinceSize: number;
  /** The size of the last checkpoint that is its own; null: it is the current one. */
  readonly untilSize: number | null;
}

/** Where an act stands in the tree, and the hash that is kept of it. */
export interface PlacedLeaf {
  readonly index: number;
  readonly position: number;
  readonly digest: Digest;
}

/** The tree of all that is on record. All reject with JOURNAL_UNAVAILABLE. */
export interface RecordStore {
  /** Ends when the tree has all that was on record when this was called. */
  untilGrown(): Promise<void>;
  /** The tree as it stands. */
  head(): Promise<TreeRoot>;
  /** The roots of ranges of the tree as it stands, each of which begins where a complete subtree of its size would. */
  hashesOf(ranges: readonly LeafRange[]): Promise<readonly Digest[]>;
  /** An act by its id; null: it is not on record, or not in the tree yet. */
  leafOf(actId: string): Promise<RecordedLeaf | null>;
  /** The leaves of the acts from a position up to and with another, in their order, as far as the tree has them. */
  leavesBetween(first: number, last: number): Promise<readonly PlacedLeaf[]>;
  /** The position of the last act of a tree of so many leaves; null: the tree has fewer. */
  lastPositionOf(size: number): Promise<number | null>;
  latestCheckpoint(): Promise<StoredCheckpoint | null>;
  /** The newest over at most so many leaves; null: there is none. */
  checkpointUpTo(size: number): Promise<StoredCheckpoint | null>;
  /** The oldest over at least so many leaves; null: there is none. */
  checkpointFrom(size: number): Promise<StoredCheckpoint | null>;
  /** Keeps a checkpoint, unless there is one of that size, or another key has taken over from the one that signed it. */
  addCheckpoint(checkpoint: StoredCheckpoint, publicKey: string): Promise<void>;
  /** The oldest first. */
  keys(): Promise<readonly CheckpointKey[]>;
  /** Makes it the current key, where there never was one. @throws ScopewardenError CONFLICT where there is one */
  addFirstKey(key: Pick<CheckpointKey, "publicKey" | "madeAt" | "sinceSize">): Promise<void>;
}
