import type { Digest } from "./recordHash.ts";
import { isDigest } from "./recordHash.ts";
import { isSigned, type NoteSigner, type NoteVerifier, readNote, signNote } from "./signedNote.ts";
import type { TreeRoot } from "./verifyProof.ts";

/** What a checkpoint says: how large the tree of a record was, and its root (C2SP tlog-checkpoint). */
export interface TreeHead extends TreeRoot {
  /** Whose record it is. */
  readonly origin: string;
  readonly root: Digest;
}

const SIZE = /^(0|[1-9]\d{0,15})$/;

/** The text that is signed. */
const checkpointText = ({ origin, root, size }: TreeHead): string => `${origin}\n${size}\n${root}\n`;

export const signCheckpoint = (head: TreeRoot, signer: NoteSigner): string =>
  signNote(checkpointText({ ...head, origin: signer.name }), signer);

/** What a note says that is a checkpoint, whoever signed it; null: it is none. Lines that others may add are passed over. */
export function readCheckpoint(note: string): TreeHead | null {
  const text = readNote(note)?.text;
  if (text === undefined) return null;
  const [origin = "", size = "", root, ...more] = text.slice(0, -1).split("\n");
  if (origin === "" || !SIZE.test(size) || !Number.isSafeInteger(Number(size)) || !isDigest(root)) return null;
  return more.includes("") ? null : { origin, size: Number(size), root };
}

/** What a checkpoint says that one of the keys signed; null: it is none, or nobody of them did. */
export function verifiedCheckpoint(note: string, keys: readonly NoteVerifier[]): TreeHead | null {
  const read = readNote(note);
  const head = readCheckpoint(note);
  if (read === null || head === null) return null;
  // A key speaks for the record of its name, and for no other.
  return isSigned(
    read,
    keys.filter(({ name }) => name === head.origin),
  )
    ? head
    : null;
}
