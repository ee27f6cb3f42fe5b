import { type OnRecord, onceId, open } from "./onRecord.ts";

/** Positions from a first up to and with a last one. */
export type PositionRun = readonly [first: number, last: number];

/**
 * That what identifies people was erased from acts after its time: the tombstone of what is gone. Each act at `positions` lost all of
 * its personal values, and no other did.
 */
export interface ErasureAct {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The policy whose settings of retention and legal hold said so, as their revision. */
  readonly policyRevision: number;
  /** In their order, none beside or within another. */
  readonly positions: readonly PositionRun[];
  /** How many acts of each kind. */
  readonly acts: { readonly [kind: string]: number };
  /** How many values of them all. */
  readonly values: number;
  /** When the oldest and the newest of the acts were, in milliseconds since 1970. */
  readonly oldestAt: number;
  readonly newestAt: number;
}

/** Positions, which must grow, as runs. */
export function runsOf(positions: readonly number[]): readonly PositionRun[] {
  const runs: [number, number][] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === position - 1) last[1] = position;
    else runs.push([position, position]);
  }
  return runs;
}

export const erasureOnRecord = {
  words: "What identifies people was erased after its time.",
  format: 1,
  id: onceId("erasure"),
  time: "at",
  members: open("at", "policyRevision", "positions", "acts", "values", "oldestAt", "newestAt"),
  erased: "NOBODY",
} as const satisfies OnRecord<ErasureAct>;
