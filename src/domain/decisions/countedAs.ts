import type { DecisionRecord } from "./types.ts";

/**
 * As what a decision stands where accesses are counted, watched, listed and accounted for: a search is one access of each patient whose data
 * went out. AGAIN: a part of a search that went out, of a patient whose access counts already. WITHHELD: a part that was taken out of what the
 * search gave, which nobody was denied.
 */
export type CountedAs = "ALLOW" | "DENY" | "AGAIN" | "WITHHELD";

/** The decision of the search that it is a part of; null: it stands by itself. */
export const searchOf = (record: DecisionRecord): string | null =>
  record.kind === "ACCESS" ? (record.request.partOf ?? null) : null;

/** It follows from the record alone. */
export function countedAs(record: DecisionRecord): CountedAs {
  if (record.kind === "GRANT" || searchOf(record) === null) return record.outcome;
  if (record.outcome === "DENY") return "WITHHELD";
  return record.again === true ? "AGAIN" : "ALLOW";
}

/** Whether it is an access, or a denial, of its own. */
export const countsAlone = (counted: CountedAs): boolean => counted === "ALLOW" || counted === "DENY";
