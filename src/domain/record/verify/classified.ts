import { readEntry, type StoredAct } from "../tree/leafEntry.ts";
import { leafHash } from "../tree/merkleTree.ts";
import type { Digest, RecordHash } from "../tree/recordHash.ts";
import type { RecordFinding } from "./finding.ts";

/** An act that is not the one whose leaf is kept at its position. */
export interface Mismatch {
  readonly act: StoredAct;
  readonly index: number;
  readonly position: number;
  /** The hash of the leaf that was put there. */
  readonly kept: Digest;
}

interface Classified {
  readonly findings: readonly RecordFinding[];
  /** Whether these say why all others differ. */
  readonly isAll: boolean;
}

/** Whether an act is the one whose leaf is kept at another's position; each act is read once. */
function createPlaces(hash: RecordHash): (act: Mismatch, place: Mismatch) => boolean {
  const entries = new Map<Mismatch, ((position: number) => string) | null>();
  const entryOf = (mismatch: Mismatch): ((position: number) => string) | null => {
    const known = entries.get(mismatch);
    if (known !== undefined) return known;
    let at: ((position: number) => string) | null = null;
    try {
      ({ at } = readEntry(mismatch.act, hash));
    } catch {
      // What is no JSON any more stood nowhere.
    }
    entries.set(mismatch, at);
    return at;
  };
  return (act, { kept, position }) => {
    const at = entryOf(act);
    return at !== null && leafHash(at(position), hash) === kept;
  };
}

/**
 * Tells apart why acts are not those of their leaves, of so many at most: by where each would be the right one. Where all moved by one
 * from somewhere on, an act was put in or taken out there and the others were numbered anew: that alone is told.
 */
export function classified(mismatches: readonly Mismatch[], hash: RecordHash, most: number): Classified {
  const belongsAt = createPlaces(hash);
  const findings: RecordFinding[] = [];
  for (const [i, at] of mismatches.entries()) {
    if (findings.length === most) return { findings, isAll: false };
    const { id } = at.act;
    const { position } = at;
    const next = mismatches[i + 1]?.index === at.index + 1 ? mismatches[i + 1] : undefined;
    const [nextIsHere, thisIsNext] = next === undefined ? [false, false] : [belongsAt(next, at), belongsAt(at, next)];
    const others = mismatches.filter((other) => other !== at);
    const isElsewhere = others.some((other) => belongsAt(other, at));
    const belongsElsewhere = others.some((other) => belongsAt(at, other));
    if (nextIsHere && !belongsElsewhere)
      return { findings: [...findings, { kind: "INSERTED", position, id }], isAll: true };
    if (thisIsNext && !isElsewhere)
      return { findings: [...findings, { kind: "REMOVED", position, until: position }], isAll: true };
    findings.push({ kind: isElsewhere || belongsElsewhere ? "REORDERED" : "CHANGED", position, id });
  }
  return { findings, isAll: false };
}
