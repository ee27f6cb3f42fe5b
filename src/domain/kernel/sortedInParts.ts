import type { Breathe } from "./ports.ts";

/** Items sorted or merged without a break, so that decisions wait for no more than that. */
const PART = 2_000;

type Compare<Item> = (a: Item, b: Item) => number;

/** By UTF-16 code units. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One part in order, of equal items the first. */
const sorted = <Item>(part: Item[], compare: Compare<Item>): readonly Item[] =>
  part.sort(compare).filter((item, i) => i === 0 || compare(part[i - 1] as Item, item) !== 0);

async function merge<Item>(
  a: readonly Item[],
  b: readonly Item[],
  { compare, breathe }: { readonly compare: Compare<Item>; readonly breathe: Breathe },
): Promise<readonly Item[]> {
  const all: Item[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const order = i >= a.length ? 1 : j >= b.length ? -1 : compare(a[i] as Item, b[j] as Item);
    all.push((order <= 0 ? a[i] : b[j]) as Item);
    if (order <= 0) i++;
    if (order >= 0) j++;
    if (all.length % PART === 0) await breathe();
  }
  return all;
}

/**
 * Items in order, of equal ones the first: a merge sort that lets other work run between its parts, as sorting a hundred
 * thousand at once would keep every decision waiting.
 */
export async function sortedInParts<Item>(
  items: Iterable<Item>,
  breathe: Breathe,
  compare: Compare<Item>,
): Promise<readonly Item[]> {
  let runs: (readonly Item[])[] = [];
  let part: Item[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < PART) continue;
    runs.push(sorted(part, compare));
    part = [];
    await breathe();
  }
  runs.push(sorted(part, compare));
  while (runs.length > 1) {
    const next: (readonly Item[])[] = [];
    for (let i = 0; i < runs.length; i += 2)
      next.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], { compare, breathe }));
    runs = next;
  }
  return runs[0] ?? [];
}
