import type { SignedHead } from "../exportLine.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import type { Digest } from "../tree/recordHash.ts";

/** A leaf as the tree keeps it. */
export interface KeptLeaf {
  readonly digest: Digest;
  readonly position: number;
}

/** A checkpoint as it was kept, and what was kept beside it. */
export interface KeptCheckpoint {
  readonly note: string;
  readonly size: number;
  readonly root: Digest;
}

/** Where a record is read from, in parts, each list in its order. */
export interface RecordSource {
  /** Throws DamagedTreeError where what is kept can't be read, or passes that over. */
  leaves(damaged?: "passed over"): AsyncIterable<readonly KeptLeaf[]>;
  /** Whether the leaves are made of the acts: then these are what is compared with what was signed. */
  readonly isOfActs?: true;
  /** Null: only the tree is verified. */
  readonly acts: (() => AsyncIterable<readonly StoredAct[]>) | null;
  /** The acts by which the key was exchanged: where the others are not read, these are. */
  readonly rotations?: () => AsyncIterable<readonly StoredAct[]>;
  /** The acts by which values were erased, so that it is known beforehand which should be gone; absent: there are none. */
  readonly erasures?: () => AsyncIterable<readonly StoredAct[]>;
  /** Whether the acts that say what was erased may stand after what there is: then what is gone by the looks of it was erased by one. */
  readonly isErasedLater?: true;
  /** The acts that say which others have left for an archive, as they stand now; absent: none may be missing. */
  readonly archives?: () => AsyncIterable<readonly StoredAct[]>;
  /** The tree before the first leaf, where that is not the first of the record: the roots of the complete subtrees that it consists of. */
  readonly begin?: { readonly size: number; readonly roots: readonly Digest[] };
  /** Of what ends amid the record: checkpoints over all of it and more. Absent: what was signed over more is a tail that was cut. */
  readonly heads?: readonly SignedHead[];
  checkpoints(): AsyncIterable<readonly KeptCheckpoint[]>;
  /** The roots of the full rows of leaves, as they are kept; and of full rows of those, and so on. `width` is that of a row. Throws as `leaves`. */
  inner(): AsyncIterable<{ readonly level: number; readonly from: number; readonly hashes: readonly Digest[] }>;
  readonly width: number;
  /** How far the tree has grown: what stands before and is no leaf was put there later. */
  readonly grownTo: number;
}

/** One item at a time, of lists that come in parts. */
export async function* flat<T>(parts: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const part of parts) yield* part;
}
