import { isObject } from "../../kernel/reader.ts";
import type { PositionRun } from "../erasureAct.ts";
import type { SignedHead } from "../exportLine.ts";
import { readCheckpoint, type TreeHead, verifiedCheckpoint } from "../tree/checkpoint.ts";
import { DamagedTreeError } from "../tree/damagedTree.ts";
import { readEntry, type StoredAct } from "../tree/leafEntry.ts";
import { GrowingTree, leafHash } from "../tree/merkleTree.ts";
import type { Digest, RecordHash } from "../tree/recordHash.ts";
import type { NoteVerifier } from "../tree/signedNote.ts";
import { provesConsistency, type TreeRoot } from "../tree/verifyProof.ts";
import { ArchivedActs, type ArchivedPart, addMissing, type MissingRun } from "./archivedActs.ts";
import { classified, type Mismatch } from "./classified.ts";
import { findingText, placeOf, type RecordFinding } from "./finding.ts";

/** A leaf as the tree keeps it. */
export interface KeptLeaf {
  readonly digest: Digest;
  readonly position: number;
}

/** A checkpoint as it was kept, and what was kept beside it. */
interface KeptCheckpoint {
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

/** A key that speaks for the record up to a size; null: to any. */
export interface TrustedKey {
  readonly verifier: NoteVerifier;
  readonly publicKey: string;
  readonly untilSize: number | null;
}

export interface Verification {
  /** Leaves of the tree. */
  readonly size: number;
  readonly root: Digest;
  /** Acts that are not in the tree yet. */
  readonly pending: number;
  readonly checkpoints: number;
  /** The size of the last checkpoint whose signature and root are right; 0: there is none. */
  readonly signedSize: number;
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

/** Mismatches among which it is looked where an act of another place belongs. */
const MOST_KEPT = 1_000;
const MOST_TOLD = 20;
/** Acts whose leaves are handed on at once. */
const PART = 1_000;

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

/** One item at a time, of lists that come in parts. */
async function* flat<T>(parts: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const part of parts) yield* part;
}

async function all<T>(parts: AsyncIterable<readonly T[]> | undefined): Promise<readonly T[]> {
  const items: T[] = [];
  if (parts !== undefined) for await (const part of parts) items.push(...part);
  return items;
}

/** What reading the tree says; false where that can't be read. */
async function readable(read: () => Promise<boolean>): Promise<boolean> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DamagedTreeError) return false;
    throw error;
  }
}

/** Where only the tree is looked at, no act is missed. */
const NOTHING_LEFT = { findings: [], parts: [] };

/** Of the leaf that an act would be; null: it is written as no act of this service is. */
function digestOf(act: StoredAct, hash: RecordHash): Digest | null {
  try {
    const { entry, isCanonical } = readEntry(act, hash);
    return isCanonical ? leafHash(entry, hash) : null;
  } catch {
    // What is no JSON any more.
    return null;
  }
}

/** How many values of an act that is as it was put on record were erased since. */
function erasedOf({ personal, salt }: StoredAct): number {
  if (salt !== null) return 0;
  const fields: unknown = JSON.parse(personal);
  return isObject(fields)
    ? Object.values(fields).filter((field) => isObject(field) && "commitment" in field).length
    : 0;
}

/** Positions, by runs of them. */
class Runs {
  #runs: PositionRun[] = [];

  add(runs: readonly PositionRun[]): void {
    for (const run of runs) this.#runs.push(run);
  }
  /** Once all are added: runs side by side become one, so that there are few. */
  finish(): void {
    const merged: [number, number][] = [];
    for (const [first, last] of this.#runs.sort(([a], [b]) => a - b)) {
      const before = merged.at(-1);
      if (before !== undefined && before[1] >= first - 1) before[1] = Math.max(before[1], last);
      else merged.push([first, last]);
    }
    this.#runs = merged;
  }
  has(position: number): boolean {
    let [low, high] = [0, this.#runs.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#runs[middle] as PositionRun;
      if (position < first) high = middle - 1;
      else if (position > last) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** Which acts are erased by the acts of erasure, as these say: each of those is verified itself, where it stands. */
class Erasures {
  readonly #all = new Runs();
  readonly #signed = new Runs();
  readonly #isLater: boolean;
  /** Up to this position acts are signed, as far as that is known. */
  readonly #signedTo: number;
  /** Where the last act of erasure stands. */
  last = Number.NEGATIVE_INFINITY;

  /** `isLater`: those that are not there may say of any. */
  constructor({ isLater, signedTo }: { readonly isLater: boolean; readonly signedTo: number }) {
    this.#isLater = isLater;
    this.#signedTo = signedTo;
  }
  add({ kind, position, record }: StoredAct): void {
    if (kind !== "ERASURE") return;
    try {
      const { positions } = JSON.parse(record) as { readonly positions?: unknown };
      if (!Array.isArray(positions) || !positions.every(isRun)) return;
      this.last = Math.max(this.last, position);
      for (const runs of position <= this.#signedTo ? [this.#all, this.#signed] : [this.#all]) runs.add(positions);
    } catch {
      // It is told as changed where it stands.
    }
  }
  finish(): void {
    this.#all.finish();
    this.#signed.finish();
  }
  /** Whether an act says that the one at a position was erased, and one that is signed. */
  of(position: number): "SIGNED" | "UNSIGNED" | null {
    if (this.#isLater || this.#signed.has(position)) return "SIGNED";
    return this.#all.has(position) ? "UNSIGNED" : null;
  }
}

const isRun = (run: unknown): run is PositionRun =>
  Array.isArray(run) && run.length === 2 && run.every(Number.isSafeInteger);

/** Acts against the leaves that are kept of them: what differs, what is missing, what came between. */
class ActCheck {
  readonly #acts: AsyncGenerator<StoredAct>;
  readonly #hash: RecordHash;
  readonly #archived: ArchivedActs;
  #next: StoredAct | null = null;
  readonly #found: RecordFinding[] = [];
  #more = 0;
  /** The first ones, and how many there are. */
  readonly #mismatches: Mismatch[] = [];
  #mismatchCount = 0;
  /** Runs without an act since the last one that is there: one, or several where some between are archived. */
  readonly #missing: MissingRun[] = [];
  #missingCount = 0;
  readonly #erasures: Erasures;
  /** Up to this position each act that is there is what was signed: none of them is accused. */
  readonly #provedTo: number;
  #cut: RecordFinding | null = null;
  /** Values that were erased as an act of erasure says. */
  erased = 0;

  constructor(
    acts: AsyncIterable<readonly StoredAct[]>,
    {
      archived,
      erasures,
      hash,
      provedTo,
    }: {
      readonly hash: RecordHash;
      readonly erasures: Erasures;
      readonly archived: ArchivedActs;
      readonly provedTo: number;
    },
  ) {
    this.#acts = flat(acts);
    this.#hash = hash;
    this.#erasures = erasures;
    this.#archived = archived;
    this.#provedTo = provedTo;
  }

  async start(): Promise<void> {
    await this.#advance();
  }
  async #advance(): Promise<void> {
    const next = await this.#acts.next();
    this.#next = next.done === true ? null : next.value;
  }
  /** In the order of positions. */
  #note(finding: RecordFinding): void {
    if (this.#found.length < MOST_TOLD) this.#found.push(finding);
    else this.#more++;
  }

  /** Answers with the act of the leaf, and whether it is that; null: there is no such act. */
  async take(
    { digest, position }: KeptLeaf,
    index: number,
  ): Promise<{ readonly act: StoredAct; readonly isLeaf: boolean } | null> {
    while (this.#next !== null && this.#next.position < position) await this.#insert(this.#next);
    const act = this.#next;
    if (act === null || act.position !== position) {
      if (this.#archived.misses(position, index)) return null;
      this.#missingCount++;
      addMissing(this.#missing, { index, position });
      return null;
    }
    this.#settleMissing();
    await this.#advance();
    const isLeaf = digestOf(act, this.#hash) === digest;
    if (!isLeaf && position > this.#provedTo) {
      this.#mismatchCount++;
      if (this.#mismatches.length < MOST_KEPT) this.#mismatches.push({ act, index, kept: digest, position });
    }
    const values = isLeaf ? erasedOf(act) : 0;
    const by = values > 0 ? this.#erasures.of(position) : null;
    if (by === "SIGNED") this.erased += values;
    else if (values > 0)
      this.#note({ kind: "ERASED", position, id: act.id, values, ...(by === "UNSIGNED" && { unsigned: true }) });
    return { act, isLeaf };
  }

  async #insert({ id, position }: StoredAct): Promise<void> {
    if (position > this.#provedTo) this.#note({ kind: "INSERTED", position, id });
    await this.#advance();
  }
  #settleMissing(): void {
    for (const { position, until } of this.#missing.splice(0)) this.#note({ kind: "REMOVED", position, until });
    this.#missingCount = 0;
  }

  /** After the last leaf, of so many: answers with how many acts the tree has not taken yet. */
  async end(size: number, grownTo: number): Promise<number> {
    const [first] = this.#missing;
    if (first !== undefined && this.#next === null)
      this.#cut = { kind: "CUT_TAIL", position: first.position, size: size - this.#missingCount, expected: size };
    else this.#settleMissing();
    let pending = 0;
    for (; this.#next !== null; await this.#advance()) {
      if (this.#next.position > grownTo) pending++;
      else if (this.#next.position > this.#provedTo)
        this.#note({ kind: "INSERTED", position: this.#next.position, id: this.#next.id });
    }
    return pending;
  }

  /** What is wrong, and how much of it is not told; a tail that was cut is told in any case. */
  found(): Wrong & { readonly cut: RecordFinding | null } {
    const { findings, isAll } = classified(this.#mismatches, this.#hash, MOST_TOLD);
    const untold = isAll ? 0 : this.#mismatchCount - findings.length;
    return { ...firstOf([this.#found, findings], this.#more + untold), cut: this.#cut };
  }
}

/** What is wrong with acts, in the order of the record, and how much of it is not told. */
interface Wrong {
  readonly findings: readonly RecordFinding[];
  readonly more: number;
}

/** The first of some lists, each told once, where so many more are in none of them. */
function firstOf(lists: readonly (readonly RecordFinding[])[], more: number): Wrong {
  const all = [...new Map(lists.flat().map((finding) => [findingText(finding), finding])).values()];
  const findings = all.sort((a, b) => placeOf(a) - placeOf(b));
  return { findings: findings.slice(0, MOST_TOLD), more: more + Math.max(0, findings.length - MOST_TOLD) };
}

/** A head, and by which of the trusted keys it is signed. */
interface SignedBy {
  readonly head: TreeHead;
  readonly signers: readonly string[];
}

/** The signed heads against the tree: who signed them, and whether it is the tree that they did. */
class CheckpointCheck {
  readonly #forged: RecordFinding[] = [];
  #rewritten: RecordFinding | null = null;
  #cut: RecordFinding | null = null;
  readonly #keys: TrustedKey[];
  readonly #kept: AsyncGenerator<KeptCheckpoint>;
  readonly #elsewhere: { readonly size: number; readonly note: string }[] = [];
  #next: KeptCheckpoint | null = null;
  /** Keys that took over from one that is trusted: from the next checkpoint on that their predecessor signed over it, and that is of this tree. */
  readonly #successors: { readonly index: number; readonly key: TrustedKey; readonly before: string }[] = [];
  readonly #rotations: { readonly index: number; readonly before: string; readonly publicKey: string }[] = [];
  readonly #hash: RecordHash;
  /** How many acts there are before the first. */
  readonly #begin: number;
  count = 0;
  signedSize = 0;
  /** Of the last act that is signed. */
  signedPosition = 0;
  uncompared = 0;

  constructor({ hash, keys, source }: Options) {
    this.#hash = hash;
    this.#keys = [...keys];
    this.#begin = source.begin?.size ?? 0;
    this.#kept = flat(source.checkpoints());
  }

  async start(elsewhere: readonly string[]): Promise<void> {
    for (const note of elsewhere) {
      const size = readCheckpoint(note)?.size ?? 0;
      if (size < this.#begin) this.uncompared++;
      else this.#elsewhere.push({ note, size });
    }
    this.#elsewhere.sort((a, b) => a.size - b.size);
    await this.#advance();
  }
  async #advance(): Promise<void> {
    const next = await this.#kept.next();
    this.#next = next.done === true ? null : next.value;
  }

  /** Null: no key that speaks for the record signed it. */
  #verified(note: string): SignedBy | null {
    const head = readCheckpoint(note);
    if (head === null) return null;
    const speaking = this.#keys.filter(({ untilSize }) => untilSize === null || head.size <= untilSize);
    const signed = (keys: readonly TrustedKey[]): readonly TrustedKey[] =>
      keys.filter(({ verifier }) => verifiedCheckpoint(note, [verifier]) !== null);
    const signers = signed(speaking).map(({ publicKey }) => publicKey);
    if (signers.length > 0) return { head, signers };
    // After a contradiction nobody becomes a successor any more. What such a key signed is no forgery for that; nor does it prove anything.
    const mayBe = this.#rewritten !== null && signed(this.#successors.map(({ key }) => key)).length > 0;
    return mayBe ? { head, signers } : null;
  }

  /** Once a head is of this tree: whom its keys made successors before, and that a predecessor speaks for nothing that comes after them. */
  #takeOver({ head: { size }, signers }: SignedBy): void {
    for (const successor of this.#successors.splice(0))
      if (signers.includes(successor.before) && successor.index < size) this.#keys.push(successor.key);
      else this.#successors.push(successor);
    for (const { before, index, publicKey } of this.#rotations)
      if (index < size && signers.includes(publicKey))
        for (const [i, key] of this.#keys.entries())
          if (key.publicKey === before && (key.untilSize ?? size) >= size)
            this.#keys[i] = { ...key, untilSize: size - 1 };
  }

  succeeds(successor: { readonly index: number; readonly key: TrustedKey; readonly before: string }): void {
    const { before, index, key } = successor;
    this.#rotations.push({ before, index, publicKey: key.publicKey });
    this.#successors.push(successor);
  }

  /** Once so many leaves are there, the last of them at a position, with the root over them. */
  async at(size: number, position: number, root: () => Digest): Promise<void> {
    while (this.#next !== null && this.#next.size <= size) {
      const kept = this.#next;
      await this.#advance();
      this.count++;
      const verified = this.#verified(kept.note);
      const head = verified?.head;
      if (verified === null || head?.size !== kept.size || head.root !== kept.root || head.size !== size)
        this.#noteForged(kept.size);
      else this.#compare(verified, position, root);
    }
    // Not before: a rotation that the record tells of on the way may say who signed it.
    while (this.#elsewhere[0] !== undefined && this.#elsewhere[0].size <= size) {
      const given = this.#given();
      if (given !== null) this.#compare(given, position, root);
    }
  }
  #noteForged(size: number): void {
    if (this.#forged.length < MOST_TOLD) this.#forged.push({ kind: "FORGED_SIGNATURE", size });
  }
  /** The next checkpoint that was kept elsewhere; null: it is forged, and told to be. */
  #given(): SignedBy | null {
    const next = this.#elsewhere.shift();
    const verified = next === undefined ? null : this.#verified(next.note);
    if (verified === null) this.#noteForged(next?.size ?? 0);
    return verified;
  }
  #compare(signed: SignedBy, position: number, root: () => Digest): void {
    // All later ones differ with the first; one that did not would be of another record.
    if (this.#rewritten !== null) return;
    const { head } = signed;
    if (head.root !== root()) {
      this.#rewrittenUntil(head.size);
      return;
    }
    [this.signedSize, this.signedPosition] = [head.size, position];
    this.#takeOver(signed);
  }
  #rewrittenUntil(until: number): void {
    this.#rewritten ??= { kind: "REWRITTEN", after: Math.max(this.signedSize, this.#begin), until };
  }

  /** What is wrong: a tail that was cut, checkpoints, and the tree. */
  get found(): readonly RecordFinding[] {
    return [this.#cut, ...this.#forged, this.#rewritten].filter((finding) => finding !== null);
  }
  /** Whether something was signed that the leaves do not make. */
  get isContradicted(): boolean {
    return this.#rewritten !== null || this.#cut !== null;
  }

  /** After the last leaf of a part of the record: what was signed over it and more. */
  endOfPart(tree: TreeRoot, heads: readonly SignedHead[]): void {
    const proved: TreeHead[] = [];
    for (const { hashes, note } of heads) {
      const verified = this.#verified(note);
      if (verified === null) continue;
      const { head } = verified;
      this.count++;
      if (!provesConsistency({ earlier: tree, later: head, hashes }, this.#hash)) this.#rewrittenUntil(tree.size);
      else if (this.#rewritten === null) {
        this.signedSize = tree.size;
        proved.push(head);
        this.#takeOver(verified);
      }
    }
    const [first] = heads;
    if (first !== undefined && this.signedSize < tree.size && this.#rewritten === null)
      this.#noteForged(readCheckpoint(first.note)?.size ?? 0);
    while (this.#elsewhere.length > 0) {
      const given = this.#given()?.head ?? null;
      const same = proved.find(({ size }) => size === given?.size);
      if (given !== null && same === undefined) this.uncompared++;
      else if (given !== null && given.root !== same?.root) this.#rewrittenUntil(tree.size);
    }
  }

  /** After the last leaf: what was signed over more than there is. */
  async end(size: number): Promise<void> {
    let expected = 0;
    for (; this.#next !== null; await this.#advance()) {
      this.count++;
      const head = this.#verified(this.#next.note)?.head;
      if (head?.size !== this.#next.size) this.#noteForged(this.#next.size);
      else expected = Math.max(expected, head.size);
    }
    while (this.#elsewhere.length > 0) expected = Math.max(expected, this.#given()?.head.size ?? 0);
    if (expected > size) this.#cut = { kind: "CUT_TAIL", position: null, size, expected };
  }
}

/** The roots of full rows, level by level, as the leaves make them. */
class RowRoots {
  readonly #levels: { open: GrowingTree; readonly roots: Digest[] }[] = [];
  readonly #hash: RecordHash;
  readonly #width: number;
  constructor(hash: RecordHash, width: number) {
    this.#hash = hash;
    this.#width = width;
  }
  add(digest: Digest, level = 0): void {
    const at = this.#levels[level] ?? { open: new GrowingTree(this.#hash), roots: [] };
    this.#levels[level] = at;
    at.open.append(digest);
    if (at.open.size < this.#width) return;
    const { root } = at.open;
    at.roots.push(root);
    at.open = new GrowingTree(this.#hash);
    this.add(root, level + 1);
  }
  /** Whether the kept ones are these, and all. */
  async equal(inner: ReturnType<RecordSource["inner"]>): Promise<boolean> {
    const seen = this.#levels.map(() => 0);
    const isRead = await readable(async () => {
      for await (const { from, hashes, level } of inner) {
        const roots = this.#levels[level - 1]?.roots ?? [];
        if (seen[level - 1] !== from || hashes.some((digest, i) => roots[from + i] !== digest)) return false;
        seen[level - 1] = from + hashes.length;
      }
      return true;
    });
    return isRead && this.#levels.every(({ roots }, level) => seen[level] === roots.length);
  }
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

/**
 * The record with leaves that are made of its acts: in the place of what is not there, archived or removed, and of what can't be read, the
 * kept one stands, as far as that can be read.
 */
function ofActs(
  source: RecordSource & { readonly acts: NonNullable<RecordSource["acts"]> },
  hash: RecordHash,
): RecordSource {
  async function* leaves(): AsyncGenerator<KeptLeaf> {
    const kept = flat(source.leaves("passed over"));
    let next: KeptLeaf | null = null;
    let last = Number.NEGATIVE_INFINITY;
    /** Of kept ones those alone whose positions grow: of what is not there nobody has signed where it stood. */
    const advance = async (): Promise<void> => {
      do {
        const { done, value } = await kept.next();
        next = done === true ? null : value;
      } while (next !== null && !(next.position > last));
    };
    const placed = (leaf: KeptLeaf): KeptLeaf => {
      last = leaf.position;
      return leaf;
    };
    async function* before(position: number): AsyncGenerator<KeptLeaf> {
      for (; next !== null && next.position < position; await advance()) yield placed(next);
    }
    await advance();
    for await (const act of flat(source.acts())) {
      yield* before(act.position);
      const { position } = act;
      const here = (next as KeptLeaf | null)?.position === position ? next : null;
      yield placed({
        digest: digestOf(act, hash) ?? (here as KeptLeaf | null)?.digest ?? leafHash("", hash),
        position,
      });
      if (here !== null) await advance();
    }
    yield* before(Number.POSITIVE_INFINITY);
  }
  return {
    ...source,
    isOfActs: true,
    async *leaves() {
      let part: KeptLeaf[] = [];
      for await (const leaf of leaves()) {
        part.push(leaf);
        if (part.length < PART) continue;
        yield part;
        part = [];
      }
      yield part;
    },
    // Nothing is kept above them: no row of them is ever full.
    width: Number.MAX_SAFE_INTEGER,
    async *inner() {},
  };
}

/** What going through a record once tells, of its acts and of the tree with what was signed. */
interface Passed extends Omit<Verification, "findings"> {
  readonly ofActs: readonly RecordFinding[];
  readonly ofTree: readonly RecordFinding[];
  /** Of the last act that is signed. */
  readonly signedPosition: number;
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
  if (source.acts !== null && source.erasures !== undefined)
    for await (const act of flat(source.erasures())) erasures.add(act);
  erasures.finish();
  const archived = new ArchivedActs(await all(source.archives?.()), MOST_TOLD);
  const acts = source.acts === null ? null : new ActCheck(source.acts(), { hash, erasures, archived, provedTo });
  const checkpoints = new CheckpointCheck({ source, ...options });
  await acts?.start();
  await checkpoints.start(options.elsewhere);
  const rotations = new Map<number, StoredAct>();
  if (source.acts === null && source.rotations !== undefined)
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
  let last = Number.NEGATIVE_INFINITY;
  const isReadable = await readable(async () => {
    for await (const part of source.leaves()) {
      for (const leaf of part) {
        const index = tree.size;
        // Where an act is not there its position is signed by nobody.
        if (source.isOfActs === undefined && !(Number.isSafeInteger(leaf.position) && leaf.position > last))
          throw new DamagedTreeError("positions do not grow");
        last = leaf.position;
        if (acts !== null) {
          const taken = await acts.take(leaf, index);
          if (taken?.isLeaf) {
            rotated(taken.act, index);
            if (taken.act.kind === "ARCHIVE") archived.proved(leaf.position, index);
          }
        } else {
          const act = rotations.get(leaf.position);
          if (act !== undefined && digestOf(act, hash) === leaf.digest) rotated(act, index);
        }
        tree.append(leaf.digest);
        rows.add(leaf.digest);
        archived.grown(tree.size, leaf.position, root);
        await checkpoints.at(tree.size, leaf.position, root);
      }
      progress(tree.size);
    }
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
  const pending = (await acts?.end(tree.size, source.grownTo)) ?? 0;
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
    pending,
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
  { archived, checkpoints, erased, more, pending, root, signedSize, size, uncompared }: Passed,
  findings: readonly RecordFinding[],
): Verification => ({ size, root, pending, checkpoints, signedSize, erased, archived, uncompared, findings, more });

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
  const { acts } = source;
  if (kept.isSigned || acts === null || source.isOfActs === true) return told(kept, ofKept);
  const byActs = await settled({ ...options, source: ofActs({ ...source, acts }, hash) });
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
