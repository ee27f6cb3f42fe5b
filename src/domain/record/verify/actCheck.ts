import { isObject } from "../../kernel/reader.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import type { RecordHash } from "../tree/recordHash.ts";
import { type ArchivedActs, addMissing, type MissingRun } from "./archivedActs.ts";
import { classified, type Mismatch } from "./classified.ts";
import type { Erasures } from "./erasures.ts";
import type { RecordFinding } from "./finding.ts";
import { digestOf } from "./leafDigest.ts";
import type { RecordEntry } from "./recordSource.ts";
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
  readonly #hash: RecordHash;
  readonly #archived: ArchivedActs;
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
  readonly #grownTo: number;
  #cut: RecordFinding | null = null;
  /** Acts that the tree has not taken yet. */
  pending = 0;
  #isBeyond = false;
  /** Values that were erased as an act of erasure says. */
  erased = 0;

  constructor(of: {
    readonly hash: RecordHash;
    readonly erasures: Erasures;
    readonly archived: ArchivedActs;
    readonly provedTo: number;
    readonly grownTo: number;
  }) {
    this.#hash = of.hash;
    this.#erasures = of.erasures;
    this.#archived = of.archived;
    this.#provedTo = of.provedTo;
    this.#grownTo = of.grownTo;
  }

  /** In the order of positions. */
  #note(finding: RecordFinding): void {
    if (this.#found.length < MOST_TOLD) this.#found.push(finding);
    else this.#more++;
  }

  /** Takes a leaf of that number, or an act that is none: whether there is an act that is the leaf. */
  take(entry: RecordEntry, index: number): boolean {
    const { act } = entry;
    if (entry.digest === null) {
      this.#insert(entry);
      return false;
    }
    const { digest, position } = entry;
    if (act === null) {
      if (this.#archived.misses(position, index)) return false;
      this.#missingCount++;
      addMissing(this.#missing, { index, position });
      return false;
    }
    this.#settleMissing();
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
    return isLeaf;
  }

  #insert({ act: { id, position }, isBeyond }: Extract<RecordEntry, { readonly digest: null }>): void {
    this.#isBeyond ||= isBeyond;
    if (isBeyond && position > this.#grownTo) this.pending++;
    else if (position > this.#provedTo) this.#note({ kind: "INSERTED", position, id });
  }
  #settleMissing(): void {
    for (const { position, until } of this.#missing.splice(0)) this.#note({ kind: "REMOVED", position, until });
    this.#missingCount = 0;
  }

  /** After the last leaf, of so many. */
  end(size: number): void {
    const [first] = this.#missing;
    if (first !== undefined && !this.#isBeyond)
      this.#cut = { kind: "CUT_TAIL", position: first.position, size: size - this.#missingCount, expected: size };
    else this.#settleMissing();
  }

  /** What is wrong, and how much of it is not told; a tail that was cut is told in any case. */
  found(): Wrong & { readonly cut: RecordFinding | null } {
    const { findings, isAll } = classified(this.#mismatches, this.#hash, MOST_TOLD);
    const untold = isAll ? 0 : this.#mismatchCount - findings.length;
    return { ...firstOf([this.#found, findings], this.#more + untold), cut: this.#cut };
  }
}
