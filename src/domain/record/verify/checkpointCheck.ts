import type { SignedHead } from "../exportLine.ts";
import { readCheckpoint, type TreeHead, verifiedCheckpoint } from "../tree/checkpoint.ts";
import type { Digest, RecordHash } from "../tree/recordHash.ts";
import type { NoteVerifier } from "../tree/signedNote.ts";
import { provesConsistency, type TreeRoot } from "../tree/verifyProof.ts";
import type { RecordFinding } from "./finding.ts";
import { flat, type KeptCheckpoint, type RecordSource } from "./recordSource.ts";
import { MOST_TOLD } from "./wrongActs.ts";

/** A key that speaks for the record up to a size; null: to any. */
export interface TrustedKey {
  readonly verifier: NoteVerifier;
  readonly publicKey: string;
  readonly untilSize: number | null;
}

/** A head, and by which of the trusted keys it is signed. */
interface SignedBy {
  readonly head: TreeHead;
  readonly signers: readonly string[];
}

/** The signed heads against the tree: who signed them, and whether it is the tree that they did. */
export class CheckpointCheck {
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

  constructor({
    hash,
    keys,
    source,
  }: {
    readonly source: RecordSource;
    readonly hash: RecordHash;
    readonly keys: readonly TrustedKey[];
  }) {
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
