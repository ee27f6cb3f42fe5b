import { isObject } from "../../kernel/reader.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import { GrowingTree } from "../tree/merkleTree.ts";
import type { Digest, RecordHash } from "../tree/recordHash.ts";
import type { NoteVerifier } from "../tree/signedNote.ts";
import { ActCheck } from "./actCheck.ts";
import { ArchivedActs, type ArchivedPart } from "./archivedActs.ts";
import { CheckpointCheck, type TrustedKey } from "./checkpointCheck.ts";
import { Erasures } from "./erasures.ts";
import type { RecordFinding } from "./finding.ts";
import { digestOf } from "./leafDigest.ts";
import { flat, type RecordSource } from "./recordSource.ts";
import { RowRoots, readable } from "./rowRoots.ts";
import { ofActs } from "./sourceOfActs.ts";
import { firstOf, MOST_TOLD } from "./wrongActs.ts";

/** Leaves between two calls of `progress`. */
const TOLD_EVERY = 10_000;

/** Where only the tree is looked at, no act is missed. */
const NOTHING_LEFT = { findings: [], parts: [] };

export interface Verification {
  /** Leaves of the tree. */
  readonly size: number;
  readonly root: Digest;
  /** Acts that are not in the tree yet. */
  readonly pending: number;
  readonly checkpoints: number;
  /** The size of the last checkpoint whose signature and root are right; 0: there is none. */
  readonly signedSize: number;
  /** The position of its last act; 0: there is none. */
  readonly signedPosition: number;
  /** Values that identified people and were erased by an act on record. */
  readonly erased: number;
  /** What left the database for archives, by acts that are on record; the oldest first. */
  readonly archived: readonly ArchivedPart[];
  /** Checkpoints from elsewhere that speak of acts outside a part of the record, and were not compared. */
  readonly uncompared: number;
  /** In the order of the record, of acts at most `MOST_TOLD`, and then what is wrong with tree and checkpoints. None: it is what it was. */
  readonly findings: readonly RecordFinding[];
  /** How many acts, or runs of them, are wrong beside those that are told. */
  readonly more: number;
}

interface Options {
  readonly source: RecordSource;
  readonly hash: RecordHash;
  readonly keys: readonly TrustedKey[];
  /** Reads a public key that a rotation on record names. */
  readonly readKey: (publicKey: string) => NoteVerifier | null;
  /** Checkpoints that were kept elsewhere. */
  readonly elsewhere: readonly string[];
  /** Is told how many leaves have been seen. */
  readonly progress: (done: number) => void;
}

async function all<T>(parts: AsyncIterable<readonly T[]> | undefined): Promise<readonly T[]> {
  const items: T[] = [];
  if (parts !== undefined) for await (const part of parts) items.push(...part);
  return items;
}

/** Null: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The keys that a rotation on record names; null: the act is none. */
function rotationOf({ kind, record }: StoredAct): { readonly before: string; readonly publicKey: string } | null {
  if (kind !== "CHECKPOINT_KEY") return null;
  const said: unknown = parsed(record);
  const { before, publicKey } = isObject(said) ? said : {};
  return typeof before === "string" && typeof publicKey === "string" ? { before, publicKey } : null;
}

/** What going through a record once tells, of its acts and of the tree with what was signed. */
interface Passed extends Omit<Verification, "findings"> {
  readonly ofActs: readonly RecordFinding[];
  readonly ofTree: readonly RecordFinding[];
  /** Whether the tree can be read, and is what was signed as far as anything was. */
  readonly isSigned: boolean;
  readonly isReadable: boolean;
  /** Where the last act of erasure stands. */
  readonly lastErasure: number;
}

/** What is known of a record beforehand. */
interface Known {
  /** Up to this position all acts that are there are what was signed. */
  readonly provedTo?: number;
  /** Up to this position acts are signed, so that those of erasure are believed. */
  readonly signedTo?: number;
}

/**
 * Goes through a record once: each act against its leaf, the leaves against what was signed. Acts up to a position are known to be what was
 * signed. Rejects with what reading rejects with.
 */
async function pass(
  { source, ...options }: Options,
  { provedTo = Number.NEGATIVE_INFINITY, signedTo = Number.POSITIVE_INFINITY }: Known = {},
): Promise<Passed> {
  const { hash, progress, readKey } = options;
  const tree = new GrowingTree(hash, source.begin?.size, source.begin?.roots);
  const rows = new RowRoots(hash, source.width);
  const erasures = new Erasures({ isLater: source.isErasedLater === true, signedTo });
  const { isTreeOnly = false } = source;
  if (!isTreeOnly && source.erasures !== undefined) for await (const act of flat(source.erasures())) erasures.add(act);
  erasures.finish();
  const archived = new ArchivedActs(await all(source.archives?.()), MOST_TOLD);
  const acts = isTreeOnly ? null : new ActCheck({ hash, erasures, archived, provedTo, grownTo: source.grownTo });
  const checkpoints = new CheckpointCheck({ source, ...options });
  await checkpoints.start(options.elsewhere);
  const rotations = new Map<number, StoredAct>();
  if (isTreeOnly && source.rotations !== undefined)
    for await (const act of flat(source.rotations())) rotations.set(act.position, act);
  const rotated = (act: StoredAct, index: number): void => {
    const rotation = rotationOf(act);
    const verifier = rotation === null ? null : readKey(rotation.publicKey);
    if (rotation === null || verifier === null) return;
    const { before, publicKey } = rotation;
    checkpoints.succeeds({ index, before, key: { verifier, publicKey, untilSize: null } });
  };
  const root = () => tree.root;
  await checkpoints.at(tree.size, 0, root);
  const isReadable = await readable(async () => {
    for await (const entry of source.leaves()) {
      const index = tree.size;
      const act = isTreeOnly && entry.digest !== null ? rotations.get(entry.position) : entry.act;
      const isLeaf = acts === null ? act != null && digestOf(act, hash) === entry.digest : acts.take(entry, index);
      if (entry.digest === null) continue;
      const { digest, position } = entry;
      if (act != null && isLeaf) {
        rotated(act, index);
        if (act.kind === "ARCHIVE") archived.proved(position, index);
      }
      tree.append(digest);
      rows.add(digest);
      archived.grown(tree.size, position, root);
      await checkpoints.at(tree.size, position, root);
      if (tree.size % TOLD_EVERY === 0) progress(tree.size);
    }
    progress(tree.size);
    return true;
  });
  const known = {
    size: tree.size,
    root: tree.root,
    signedSize: checkpoints.signedSize,
    signedPosition: checkpoints.signedPosition,
  };
  const damaged = { kind: "TREE_DAMAGED", size: tree.size } as const;
  if (!isReadable) {
    const counts = { pending: 0, checkpoints: checkpoints.count, erased: 0, archived: [], uncompared: 0, more: 0 };
    return {
      ...known,
      ...counts,
      lastErasure: erasures.last,
      ofActs: [],
      ofTree: [damaged],
      isSigned: false,
      isReadable,
    };
  }
  acts?.end(tree.size);
  if (source.heads !== undefined) checkpoints.endOfPart({ size: tree.size, root: tree.root }, source.heads);
  await checkpoints.end(tree.size);
  const left =
    acts === null
      ? NOTHING_LEFT
      : archived.end({
          signedSize: checkpoints.signedSize,
          // Of a reading that accuses alone nothing else is told.
          grownTo: Number.isFinite(provedTo) ? Number.MAX_SAFE_INTEGER : source.grownTo,
        });
  const isWhole = await rows.equal(source.inner());
  const { cut, ...found } = acts?.found() ?? { cut: null, findings: [], more: 0 };
  const { findings, more } = firstOf([found.findings, left.findings], found.more);
  return {
    ...known,
    pending: acts?.pending ?? 0,
    checkpoints: checkpoints.count,
    signedSize: checkpoints.signedSize,
    erased: acts?.erased ?? 0,
    archived: left.parts,
    uncompared: checkpoints.uncompared,
    ofActs: cut === null ? findings : [...findings, cut],
    more,
    ofTree: isWhole ? checkpoints.found : [...checkpoints.found, damaged],
    isSigned: !checkpoints.isContradicted,
    isReadable,
    lastErasure: erasures.last,
  };
}

/** The same; where acts of erasure are not signed once more, to tell what they say from what signed ones do: nobody else speaks for them. */
async function settled(options: Options): Promise<Passed> {
  const passed = await pass(options);
  if (passed.erased === 0 || passed.lastErasure <= passed.signedPosition || options.source.isErasedLater === true)
    return passed;
  return pass(options, { signedTo: passed.signedPosition });
}

const told = (
  { archived, checkpoints, erased, more, pending, root, signedPosition, signedSize, size, uncompared }: Passed,
  findings: readonly RecordFinding[],
): Verification => {
  const signed = { checkpoints, signedSize, signedPosition };
  return { size, root, pending, ...signed, erased, archived, uncompared, findings, more };
};

/** Whether it says of acts that are there that they are not what was signed. */
const accuses = ({ kind }: RecordFinding): boolean => kind === "CHANGED" || kind === "INSERTED" || kind === "REORDERED";

/**
 * Verifies a record: each act against its leaf, the leaves against the tree and what was signed. Nothing that it reads is trusted but the
 * keys, and what they signed. Where the tree that is kept is not what was signed, the acts are compared with that by themselves: as far as
 * they make it none is accused, and all else is told as it is of them. Rejects with what reading rejects with.
 */
export async function verifyRecord(options: Options): Promise<Verification> {
  const { hash, source } = options;
  const kept = await settled(options);
  const ofKept = [...kept.ofActs, ...kept.ofTree];
  if (kept.isSigned || source.isTreeOnly === true || source.isOfActs === true) return told(kept, ofKept);
  const byActs = await settled({ ...options, source: ofActs(source, hash) });
  if (kept.isReadable && byActs.signedSize <= kept.signedSize) return told(kept, ofKept);
  // What the last rows lack is not put there later: they may have been taken away.
  const accusing = kept.isReadable
    ? await pass({ ...options, source: { ...source, grownTo: 0 } }, { provedTo: byActs.signedPosition })
    : byActs;
  const accused = accusing.ofActs.filter(accuses);
  const { findings, more } = firstOf([byActs.ofActs, accused], byActs.more + (accused.length > 0 ? accusing.more : 0));
  const damaged = { kind: "TREE_DAMAGED", size: kept.isReadable ? byActs.signedSize : byActs.size } as const;
  return told({ ...byActs, more }, [...findings, damaged, ...byActs.ofTree]);
}
