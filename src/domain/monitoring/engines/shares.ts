/** How often each of some categories was seen, in one group. */
interface Tally {
  total: number;
  readonly of: Map<string, number>;
}

/** How often things are what they are, by group: what is rare in a group is told by the shares of those it is part of. */
export type Shares = Map<string, Tally>;

/** Where a share comes from: the finest group in which enough was seen. */
export type Basis = "GROUP" | "ROLE" | "ALL" | "PRIOR";

/** So much weighs what a wider group says, in things seen. */
const WEIGHT = 60;
/** From so many on a group speaks for itself. */
const ENOUGH = 50;

/** The group of all. */
export const ALL = "";

export function count(shares: Shares, groups: readonly string[], category: string, by = 1): void {
  for (const group of groups) {
    const tally = shares.get(group) ?? { total: 0, of: new Map<string, number>() };
    tally.total += by;
    tally.of.set(category, (tally.of.get(category) ?? 0) + by);
    if (tally.of.size === 1) shares.set(group, tally);
  }
}

/**
 * How rare a category is, in bits: by groups from the finest to all, each shrunk to the next, the last to a share that is shipped. `own`: so
 * many of what was seen are whose it is asked for, and do not count: nobody makes usual what they do themselves.
 */
export function bitsOf(shares: Shares, groups: readonly string[], category: string, prior: number, own = 0): number {
  let share = prior;
  for (let i = groups.length - 1; i >= 0; i--) {
    const tally = shares.get(groups[i] ?? ALL);
    if (tally !== undefined)
      share = (Math.max(0, (tally.of.get(category) ?? 0) - own) + WEIGHT * share) / (tally.total + WEIGHT);
  }
  return -Math.log2(share);
}

/** `groups`: of organization and role, of the role, of all. */
export function basisOf(shares: Shares, groups: readonly string[]): Basis {
  const names: readonly Basis[] = ["GROUP", "ROLE", "ALL"];
  const found = groups.findIndex((group) => (shares.get(group)?.total ?? 0) >= ENOUGH);
  return names[found + names.length - groups.length] ?? "PRIOR";
}

/** Weeks after which what was seen counts half. */
const HALF_LIFE = 12;
const LEFT = 0.5 ** (1 / HALF_LIFE);

/** A week has passed: what was seen counts a little less, and what no longer counts goes. */
export function fade(shares: Shares): void {
  for (const [group, tally] of shares) {
    tally.total = 0;
    for (const [category, n] of tally.of) {
      const left = Math.round(n * LEFT * 1000) / 1000;
      if (left < 0.05) tally.of.delete(category);
      else {
        tally.of.set(category, left);
        tally.total += left;
      }
    }
    if (tally.of.size === 0) shares.delete(group);
  }
}
