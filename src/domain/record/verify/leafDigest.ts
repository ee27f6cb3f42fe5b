import { readEntry, type StoredAct } from "../tree/leafEntry.ts";
import { leafHash } from "../tree/merkleTree.ts";
import type { Digest, RecordHash } from "../tree/recordHash.ts";

/** Of the leaf that an act would be; null: it is written as no act of this service is. */
export function digestOf(act: StoredAct, hash: RecordHash): Digest | null {
  try {
    const { entry, isCanonical } = readEntry(act, hash);
    return isCanonical ? leafHash(entry, hash) : null;
  } catch {
    // What is no JSON any more.
    return null;
  }
}
