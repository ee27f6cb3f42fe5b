import type { SignedHead } from "../exportLine.ts";
import { DamagedTreeError } from "../tree/damagedTree.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import type { Digest } from "../tree/recordHash.ts";

/** A leaf as the tree keeps it. */
export interface KeptLeaf {
  readonly digest: Digest;
  readonly position: number;
}

/** What stands at a position: a leaf with its act, one whose act is not there, or an act that is no leaf. */
export type RecordEntry =
  | (KeptLeaf & { readonly act: StoredAct | null })
  | {
      readonly digest: null;
      readonly act: StoredAct;
      /** Whether it comes after the last leaf. */
      readonly isBeyond: boolean;
    };

/** A checkpoint as it was kept, and what was kept beside it. */
export interface KeptCheckpoint {
  readonly note: string;
  readonly size: number;
  readonly root: Digest;
}

/** Where a record is read from: a database, or an export, or an archive. Lists that come in parts are in their order. */
export interface RecordSource {
  /**
   * Leaves and acts in the order of their positions. Throws DamagedTreeError where what is kept of the tree can't be read, or passes that over.
   * May be asked for again.
   */
  leaves(damaged?: "passed over"): AsyncIterable<RecordEntry>;
  /** Whether the leaves are made of the acts: then these are what is compared with what was signed. */
  readonly isOfActs?: true;
  /** Whether no acts are read, and the tree is verified by itself. */
  readonly isTreeOnly?: true;
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

/**
 * Leaves and acts that are kept apart, side by side. Only leaves whose positions grow are of the tree: where an act is not there, its position is
 * signed by nobody.
 */
export async function* sideBySide(
  leaves: AsyncIterable<readonly KeptLeaf[]>,
  acts: AsyncIterable<readonly StoredAct[]>,
  damaged?: "passed over",
): AsyncGenerator<RecordEntry> {
  const stored = flat(acts);
  const nextAct = async (): Promise<StoredAct | null> => {
    const { done, value } = await stored.next();
    return done === true ? null : value;
  };
  let act = await nextAct();
  let last = Number.NEGATIVE_INFINITY;
  for await (const { digest, position } of flat(leaves)) {
    if (!(Number.isSafeInteger(position) && position > last)) {
      if (damaged === "passed over") continue;
      throw new DamagedTreeError("positions do not grow");
    }
    last = position;
    for (; act !== null && act.position < position; act = await nextAct()) yield { digest: null, act, isBeyond: false };
    const isThere: boolean = act?.position === position;
    yield { digest, position, act: isThere ? act : null };
    if (isThere) act = await nextAct();
  }
  for (; act !== null; act = await nextAct()) yield { digest: null, act, isBeyond: true };
}
