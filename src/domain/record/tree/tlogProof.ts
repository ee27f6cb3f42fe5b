import type { Digest } from "./recordHash.ts";
import { isDigest } from "./recordHash.ts";

/** The first line of a proof (C2SP tlog-proof). */
const HEADER = "c2sp.org/tlog-proof@v1";
const INDEX = /^index (0|[1-9]\d{0,15})$/;
const EXTRA = /^extra ([A-Za-z0-9+/]+={0,2})$/;

/** A proof that an entry stands in a tree whose head is signed, for a file of its own. */
export interface TlogProof {
  /** What goes with it and is not proved by itself, in base64; ours is the entry. Null: nothing. */
  readonly extra: string | null;
  readonly index: number;
  readonly hashes: readonly Digest[];
  readonly checkpoint: string;
}

export const writeTlogProof = ({ checkpoint, extra, hashes, index }: TlogProof): string =>
  [HEADER, ...(extra === null ? [] : [`extra ${extra}`]), `index ${index}`, ...hashes, "", checkpoint].join("\n");

/** Null: it is no such proof. */
export function readTlogProof(text: string): TlogProof | null {
  const end = text.indexOf("\n\n");
  if (end < 0) return null;
  const [header, ...lines] = text.slice(0, end).split("\n");
  if (header !== HEADER) return null;
  const extra = EXTRA.exec(lines[0] ?? "")?.[1] ?? null;
  const [index = "", ...hashes] = extra === null ? lines : lines.slice(1);
  const at = INDEX.exec(index)?.[1];
  if (at === undefined || !Number.isSafeInteger(Number(at)) || !hashes.every(isDigest)) return null;
  return { extra, index: Number(at), hashes, checkpoint: text.slice(end + 2) };
}
