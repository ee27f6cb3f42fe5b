import { isObject } from "../../kernel/reader.ts";
import type { ArchiveAct } from "../archive/archiveAct.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import { type Digest, isDigest } from "../tree/recordHash.ts";
import type { RecordFinding } from "./finding.ts";

/** A month that left the database, as an act on record says. */
export interface ArchivedPart
  extends Pick<ArchiveAct, "file" | "first" | "from" | "month" | "sha256" | "size" | "until"> {
  /** How many of its acts are not there any more. */
  readonly gone: number;
}

/** Acts of the tree side by side that are not there, by their positions. */
export interface MissingRun {
  readonly position: number;
  until: number;
  /** Of the last one, in the tree. */
  lastIndex: number;
}

/** Adds an act that is missing to the last run, or begins another. */
export function addMissing(
  runs: MissingRun[],
  { index, position }: { readonly index: number; readonly position: number },
): void {
  const last = runs.at(-1);
  if (last !== undefined && last.lastIndex === index - 1) [last.until, last.lastIndex] = [position, index];
  else runs.push({ position, until: position, lastIndex: index });
}

/** What one act of archiving says. Nothing of it is trusted before the act is found to be a leaf, and what it says of the tree to be so. */
interface Claim extends Omit<ArchivedPart, "gone"> {
  readonly position: number;
  readonly id: string;
  readonly root: Digest;
  gone: number;
  /** The number of its act in the tree, from 0, where the tree has what it says; null: it has not. */
  provedAt: number | null;
  /** The first runs of acts that it says have left. */
  readonly missing: MissingRun[];
}

function claimOf({ id, position, record }: StoredAct): Claim | null {
  try {
    const value: unknown = JSON.parse(record);
    if (!isObject(value)) return null;
    const { file, first, from, month, root, sha256, size, until } = value;
    if (![file, month, sha256].every((text) => typeof text === "string") || !isDigest(root)) return null;
    if (![first, from, size, until].every(Number.isSafeInteger) || Number(until) >= position) return null;
    const said = { file, first, from, month, root, sha256, size, until } as Omit<Claim, "gone" | "id" | "position">;
    return { ...said, id, position, gone: 0, missing: [], provedAt: null };
  } catch {
    return null;
  }
}

/** Acts that are gone, against the acts that say where they went. */
export class ArchivedActs {
  /** By how far they go. */
  readonly #claims: readonly Claim[];
  readonly #mostTold: number;
  /** Of the claims, the first that goes as far as what was missed last. */
  #at = 0;
  #last = 0;
  readonly #sizes = new Map<number, { readonly root: Digest; readonly position: number } | null>();

  constructor(acts: readonly StoredAct[], mostTold: number) {
    this.#claims = acts
      .map(claimOf)
      .filter((claim) => claim !== null)
      .sort((a, b) => a.until - b.until || a.position - b.position);
    this.#mostTold = mostTold;
    for (const { size } of this.#claims) this.#sizes.set(size, null);
  }

  /**
   * Whether some act says that the one at a position, of that number in the tree, has left, which is then looked into. Positions only grow
   * from call to call. The position of an act that is not there is signed by nobody: its number is.
   */
  misses(position: number, index: number): boolean {
    while ((this.#claims[this.#at]?.until ?? position) < position) this.#at++;
    const claim = this.#claims[this.#at];
    if (claim === undefined || index >= claim.size) return false;
    claim.gone++;
    if (claim.missing.length < this.#mostTold || claim.missing.at(-1)?.lastIndex === index - 1)
      addMissing(claim.missing, { index, position });
    return true;
  }

  /** Once so many leaves are there, the last of them at a position. */
  grown(size: number, position: number, root: () => Digest): void {
    this.#last = position;
    if (this.#sizes.has(size)) this.#sizes.set(size, { root: root(), position });
  }

  /** That an act is the leaf at its position, of that number. */
  proved(position: number, index: number): void {
    for (const claim of this.#claims) {
      const then = this.#sizes.get(claim.size);
      if (claim.position === position && then?.root === claim.root && then.position === claim.until)
        claim.provedAt = index;
    }
  }

  /**
   * After the last leaf. What a later act proves holds for all that an earlier one says: it goes farther. An act is believed if it is signed:
   * one of the first `signedSize`. `grownTo`: up to where acts were leaves when the reading began.
   * @throws Error where acts leave that an act says of which is not in the tree yet: while it was read
   */
  end({ grownTo, signedSize }: { readonly signedSize: number; readonly grownTo: number }): {
    readonly findings: readonly RecordFinding[];
    readonly parts: readonly ArchivedPart[];
  } {
    const isProvedBy = ({ provedAt }: Claim): boolean => provedAt !== null && provedAt < signedSize;
    const isUnsigned = ({ provedAt }: Claim): boolean => provedAt !== null && provedAt >= signedSize;
    const findings: RecordFinding[] = [];
    const parts: ArchivedPart[] = [];
    const provedTo = this.#claims.reduce((most, claim) => (isProvedBy(claim) ? Math.max(most, claim.until) : most), 0);
    const readTo = Math.max(this.#last, grownTo);
    for (const claim of this.#claims) {
      const { file, first, from, gone, id, missing, month, position, sha256, size, until } = claim;
      if (position > readTo && gone > 0 && until > provedTo)
        throw new Error("A month was archived while the record was read. Verify again.");
      if (position > readTo) continue;
      if (isProvedBy(claim)) parts.push({ file, first, from, gone, month, sha256, size, until });
      // Of one that is not signed yet nothing has left, or what has is known by it alone.
      else if (!isUnsigned(claim) || gone > 0)
        findings.push({ kind: "WRONG_ARCHIVE", position, id, ...(isUnsigned(claim) && { unsigned: true }) });
      if (until > provedTo && !isUnsigned(claim))
        findings.push(
          ...missing.map((run) => ({ kind: "REMOVED", position: run.position, until: run.until }) as const),
        );
    }
    return { findings, parts };
  }
}
