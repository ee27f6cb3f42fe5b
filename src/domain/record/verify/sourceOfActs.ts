import { leafHash } from "../tree/merkleTree.ts";
import type { RecordHash } from "../tree/recordHash.ts";
import { digestOf } from "./leafDigest.ts";
import type { RecordSource } from "./recordSource.ts";

/**
 * The record with leaves that are made of its acts: in the place of what is not there, archived or removed, and of what can't be read, the
 * kept one stands, as far as that can be read.
 */
export const ofActs = (source: RecordSource, hash: RecordHash): RecordSource => ({
  ...source,
  isOfActs: true,
  async *leaves() {
    for await (const entry of source.leaves("passed over")) {
      const { act, digest: kept } = entry;
      if (act === null) yield entry;
      else yield { act, position: act.position, digest: digestOf(act, hash) ?? kept ?? leafHash("", hash) };
    }
  },
  // Nothing is kept above them: no row of them is ever full.
  width: Number.MAX_SAFE_INTEGER,
  async *inner() {},
});
