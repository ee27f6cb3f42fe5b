/** How many candidates are looked at in every combination; more are chosen greedily. */
const EXACT_CANDIDATES = 16;

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
function smallest(needs: readonly (readonly number[])[], candidates: readonly number[]): readonly number[] {
  const masks = needs.map((need) => need.reduce((mask, c) => mask | (1 << candidates.indexOf(c)), 0));
  let best = (1 << candidates.length) - 1;
  for (let mask = 0; mask < 1 << candidates.length; mask++) {
    if (bits(mask) < bits(best) && masks.every((need) => (need & mask) !== 0)) best = mask;
  }
  return candidates.filter((_, i) => (best & (1 << i)) !== 0);
}

/** The candidate that meets most of what is open, again and again; then without those that turn out needless. */
function greedy(needs: readonly (readonly number[])[], candidates: readonly number[]): readonly number[] {
  const chosen: number[] = [];
  let open = needs;
  while (open.length > 0) {
    const counts = candidates.map((c) => open.filter((need) => need.includes(c)).length);
    const most = candidates[counts.indexOf(Math.max(...counts))];
    if (most === undefined) break;
    chosen.push(most);
    open = open.filter((need) => !need.includes(most));
  }
  let kept: readonly number[] = chosen;
  for (const c of chosen) {
    const others = kept.filter((other) => other !== c);
    if (needs.every((need) => need.some((n) => others.includes(n)))) kept = others;
  }
  return kept;
}

/**
 * The fewest candidates of which every need has one. A need lists its candidates by index; earlier ones are preferred.
 * A need without candidates can't be met and is left out.
 */
export function cover(needs: readonly (readonly number[])[]): Cover {
  const distinct = [...new Map(needs.map((need) => [[...need].sort((a, b) => a - b).join(), need])).values()].filter(
    (need) => need.length > 0,
  );
  const forced = new Set(distinct.flatMap((need) => (need.length === 1 ? need : [])));
  const open = distinct.filter((need) => !need.some((c) => forced.has(c)));
  const candidates = [...new Set(open.flat())].sort((a, b) => a - b);
  const exact = candidates.length <= EXACT_CANDIDATES;
  const rest = exact ? smallest(open, candidates) : greedy(open, candidates);
  return { chosen: [...forced, ...rest].sort((a, b) => a - b), exact };
}
