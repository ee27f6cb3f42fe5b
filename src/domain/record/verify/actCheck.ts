import { isObject } from "../../kernel/reader.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import type { RecordHash } from "../tree/recordHash.ts";
import { type ArchivedActs, addMissing, type MissingRun } from "./archivedActs.ts";
import { classified, type Mismatch } from "./classified.ts";
import type { Erasures } from "./erasures.ts";
import type { RecordFinding } from "./finding.ts";
import { digestOf } from "./leafDigest.ts";
import { flat, type KeptLeaf } from "./recordSource.ts";
import { firstOf, MOST_TOLD, type Wrong } from "./wrongActs.ts";

/** Mismatches among which it is looked where an act of another place belongs. */
const MOST_KEPT = 1_000;

/** How many values of an act that is as it was put on record were erased since. */
function erasedOf({ personal, salt }: StoredAct): number {
  if (salt !== null) return 0;
  const fields: unknown = JSON.parse(personal);
  return isObject(fields)
    ? Object.values(fields).filter((field) => isObject(field) && "commitment" in field).length
    : 0;
}

/** Acts against the leaves that are kept of them: what differs, what is missing, what came between. */
export class ActCheck {
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
