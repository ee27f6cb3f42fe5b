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

/** Whether an act is the one whose leaf is kept at another's position. */
function belongsAt({ act }: Mismatch, { kept, position }: Mismatch, hash: RecordHash): boolean {
  try {
    return leafHash(readEntry(act, hash, position).entry, hash) === kept;
  } catch {
    return false;
  }
}

/**
 * Tells apart why acts are not those of their leaves: by where each would be the right one. Where all moved by one from somewhere on,
 * an act was put in or taken out there and the others were numbered anew: that alone is told.
 */
export function classified(mismatches: readonly Mismatch[], hash: RecordHash): readonly RecordFinding[] {
  const findings: RecordFinding[] = [];
  for (const [i, at] of mismatches.entries()) {
    const { id } = at.act;
    const { position } = at;
    const next = mismatches[i + 1]?.index === at.index + 1 ? mismatches[i + 1] : undefined;
    const [nextIsHere, thisIsNext] =
      next === undefined ? [false, false] : [belongsAt(next, at, hash), belongsAt(at, next, hash)];
    const others = mismatches.filter((other) => other !== at);
    const isElsewhere = others.some((other) => belongsAt(other, at, hash));
    const belongsElsewhere = others.some((other) => belongsAt(at, other, hash));
    if (nextIsHere && !belongsElsewhere) return [...findings, { kind: "INSERTED", position, id }];
    if (thisIsNext && !isElsewhere) return [...findings, { kind: "REMOVED", position }];
    findings.push({ kind: isElsewhere || belongsElsewhere ? "REORDERED" : "CHANGED", position, id });
  }
  return findings;
}
