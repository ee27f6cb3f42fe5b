import type { Breathe } from "../kernel/ports.ts";

/** How many candidates are looked at in every combination; more are chosen greedily. */
const EXACT_CANDIDATES = 16;

/** Combinations that are tried without a break. */
const MASKS_AT_ONCE = 256;

export interface Cover {
  /** Indexes of the chosen candidates, ascending. */
  readonly chosen: readonly number[];
  /** Whether no smaller choice would do. */
  readonly exact: boolean;
}

const bits = (mask: number): number => {
  let n = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) n++;
  return n;
};

/** The smallest of all combinations; of several, the one of the earliest candidates. */
async function smallest(
  needs: readonly (readonly number[])[],
  candidates: readonly number[],
  breathe: Breathe,
): Promise<readonly number[]> {
  const masks = needs.map((need) => need.reduce((mask, c) => mask | (1 << candidates.indexOf(c)), 0));
  let best = (1 << candidates.length) - 1;
  for (let mask = 0; mask < 1 << candidates.length; mask++) {
    if (mask % MASKS_AT_ONCE === 0) await breathe();
    if (bits(mask) < bits(best) && masks.every((need) => (need & mask) !== 0)) best = mask;
  }
  return candidates.filter((_, i) => (best & (1 << i)) !== 0);
}

/** The candidate that meets most of what is open, again and again; then without those that turn out needless. */
async function greedy(
  needs: readonly (readonly number[])[],
  candidates: readonly number[],
  breathe: Breathe,
): Promise<readonly number[]> {
  const chosen: number[] = [];
  let open = needs;
  while (open.length > 0) {
    await breathe();
    const counts = new Map(candidates.map((c) => [c, 0]));
    for (const need of open) for (const c of need) counts.set(c, (counts.get(c) ?? 0) + 1);
    const highest = Math.max(...counts.values());
    const most = candidates.find((c) => counts.get(c) === highest);
    if (most === undefined) break;
    chosen.push(most);
    open = open.filter((need) => !need.includes(most));
  }
  let kept: readonly number[] = chosen;
  for (const c of chosen) {
    await breathe();
    const others = kept.filter((other) => other !== c);
    if (needs.every((need) => need.some((n) => others.includes(n)))) kept = others;
  }
  return kept;
}

/**
 * The fewest candidates of which every need has one. A need lists its candidates by index; earlier ones are preferred.
 * A need without candidates can't be met and is left out.
 */
export async function cover(needs: readonly (readonly number[])[], breathe: Breathe): Promise<Cover> {
  const byText = new Map<string, readonly number[]>();
  for (const need of needs) {
    await breathe();
    if (need.length > 0) byText.set([...need].sort((a, b) => a - b).join(), need);
  }
  const distinct = [...byText.values()];
  const forced = new Set(distinct.flatMap((need) => (need.length === 1 ? need : [])));
  const open = distinct.filter((need) => !need.some((c) => forced.has(c)));
  const candidates = [...new Set(open.flat())].sort((a, b) => a - b);
  const exact = candidates.length <= EXACT_CANDIDATES;
  const rest = await (exact ? smallest : greedy)(open, candidates, breathe);
  return { chosen: [...forced, ...rest].sort((a, b) => a - b), exact };
}
