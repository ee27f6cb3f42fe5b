import type { Page, PageRequest } from "../kernel/pages.ts";

/** In which order a list of cases comes: the newest or the oldest first, or those that are due, or end by themselves, first. */
export type CaseOrder = "NEWEST" | "OLDEST" | "DUE";

export interface CasePageRequest extends PageRequest<string> {
  /** Absent: `NEWEST`. */
  readonly orderBy?: CaseOrder;
}

/** So many cases are counted for a list at most. */
export const MOST_COUNTED = 1_000;

export interface CasePage<Case> extends Page<Case, string> {
  /** How many the whole list has, counted up to `MOST_COUNTED`, when it is asked for. */
  readonly total: () => Promise<number>;
}

/** The page with what is shown of its cases in their place; `shown` has their order. */
export const shownPage = <Case, Shown>(found: CasePage<Case>, shown: readonly Shown[]): CasePage<Shown> => ({
  ...found,
  items: found.items.flatMap(({ key }, i) => shown.slice(i, i + 1).map((node) => ({ key, node }))),
});
