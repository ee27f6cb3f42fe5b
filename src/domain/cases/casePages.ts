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
