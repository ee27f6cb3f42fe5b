import type { Json } from "../../kernel/canonical.ts";
import { type TreeHead, verifiedCheckpoint } from "../tree/checkpoint.ts";
import { commitmentOf, type Opening } from "../tree/leafEntry.ts";
import { leafHash } from "../tree/merkleTree.ts";
import { type Digest, isDigest, type RecordHash } from "../tree/recordHash.ts";
import type { NoteVerifier } from "../tree/signedNote.ts";
import { provesInclusion } from "../tree/verifyProof.ts";

/** A proof of one act as it comes from a file: nothing of it is trusted. */
export interface ProofFile {
  readonly index: number;
  readonly entry: string;
  readonly hashes: readonly Digest[];
  readonly checkpoint: string;
  /** By path; none where the file has none. */
  readonly openings: { readonly [path: string]: Opening };
}

/** What a proof proves, or why it proves nothing. */
export type ProofVerdict =
  | {
      readonly proved: true;
      readonly head: TreeHead;
      readonly record: Json;
      readonly personal: { readonly [path: string]: Json };
    }
  | {
      readonly proved: false;
      readonly reason: "FORGED_SIGNATURE" | "NOT_IN_THE_TREE" | "NO_ENTRY" | "OTHER_VALUE";
      readonly path?: string;
    };

/** The members of an entry that its values are proved against; null: it is none. */
function partsOf(
  entry: string,
): { readonly commitments: { readonly [path: string]: unknown }; readonly record: Json } | null {
  try {
    const { commitments, record } = JSON.parse(entry);
    return typeof commitments === "object" && commitments !== null && record !== undefined
      ? { commitments, record }
      : null;
  } catch {
    return null;
  }
}

/** Whether the act of a file stands in a record whose head one of the keys signed, with these values. Needs nothing but the file. */
export function verifyProofFile(
  { checkpoint, entry, hashes, index, openings }: ProofFile,
  { hash, keys }: { readonly hash: RecordHash; readonly keys: readonly NoteVerifier[] },
): ProofVerdict {
  const head = verifiedCheckpoint(checkpoint, keys);
  if (head === null) return { proved: false, reason: "FORGED_SIGNATURE" };
  const leaf = leafHash(entry, hash);
  if (!hashes.every(isDigest) || !provesInclusion({ leaf, index, size: head.size, hashes, root: head.root }, hash))
    return { proved: false, reason: "NOT_IN_THE_TREE" };
  const parts = partsOf(entry);
  if (parts === null) return { proved: false, reason: "NO_ENTRY" };
  const personal: { [path: string]: Json } = {};
  for (const [path, opening] of Object.entries(openings)) {
    if (!isDigest(opening.salt) || parts.commitments[path] !== commitmentOf(opening, hash))
      return { proved: false, reason: "OTHER_VALUE", path };
    personal[path] = opening.value;
  }
  return { proved: true, head, record: parts.record, personal };
}
