import type { Breathe } from "../kernel/ports.ts";
import { byText, sortedInParts } from "../kernel/sortedInParts.ts";
import { sameRow } from "./members.ts";
import { changeOf, type Snapshot, withChanges } from "./snapshot.ts";
import type { DifferingRow } from "./store.ts";
import { NOUNS, type Noun, type PolicyRows, type RowChange } from "./types.ts";

/** Changes that are made or compared without a break: a few milliseconds. */
const PART = 200;

/** The order in which a revision lists its changes. */
export const byNounAndKey = (a: Pick<RowChange, "noun" | "key">, b: Pick<RowChange, "noun" | "key">): number =>
  NOUNS.indexOf(a.noun) - NOUNS.indexOf(b.noun) || byText(a.key, b.key);

/** The changes that turn the policy of one revision into that of another, from the rows that differ. Costs what differs. */
export async function changesFrom(
  differing: AsyncIterable<readonly DifferingRow[]>,
  breathe: Breathe,
): Promise<readonly RowChange[]> {
  type Sides = { noun: Noun; from: PolicyRows[Noun] | null; to: PolicyRows[Noun] | null };
  const found = new Map<string, Sides>();
  for await (const part of differing) {
    for (const { noun, key, row, side } of part) {
      const id = `${noun} ${key}`;
      const sides = found.get(id) ?? { noun, from: null, to: null };
      sides[side] = row;
      found.set(id, sides);
    }
    await breathe();
  }
  const changes: RowChange[] = [];
  let seen = 0;
  for (const { noun, from, to } of found.values()) {
    // A row that ended and was put again as it was is no change.
    if (from === null || to === null || !sameRow(from, to)) changes.push(changeOf(noun, from, to));
    if (++seen % PART === 0) await breathe();
  }
  return sortedInParts(changes, breathe, byNounAndKey);
}

/** As `withChanges`, letting other work run between its parts: the old snapshot decides until the new one is whole. */
export async function withChangesInParts(
  snapshot: Snapshot,
  changes: readonly RowChange[],
  { revision, breathe }: { readonly revision: number; readonly breathe: Breathe },
): Promise<Snapshot> {
  let next = snapshot;
  for (let at = 0; at < changes.length; at += PART) {
    if (at > 0) await breathe();
    next = withChanges(next, changes.slice(at, at + PART), revision);
  }
  return { ...next, revision };
}
