import { findingText, placeOf, type RecordFinding } from "./finding.ts";

/** Findings that are told. */
export const MOST_TOLD = 20;

/** What is wrong with acts, in the order of the record, and how much of it is not told. */
export interface Wrong {
  readonly findings: readonly RecordFinding[];
  readonly more: number;
}

/** The first of some lists, each told once, where so many more are in none of them. */
export function firstOf(lists: readonly (readonly RecordFinding[])[], more: number): Wrong {
  const all = [...new Map(lists.flat().map((finding) => [findingText(finding), finding])).values()];
  const findings = all.sort((a, b) => placeOf(a) - placeOf(b));
  return { findings: findings.slice(0, MOST_TOLD), more: more + Math.max(0, findings.length - MOST_TOLD) };
}
