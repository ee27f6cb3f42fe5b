import type { Person } from "../../callers/types.ts";
import { day } from "../../kernel/time.ts";
import type { SampleAct } from "../../record/sampleAct.ts";

/** What somebody found of an access that nothing explains and no detector flags. */
export type SampleVerdict = "JUSTIFIED" | "NOT_JUSTIFIED" | "CANNOT_TELL";

/** That the sample of a week was drawn. Times are milliseconds since 1970. */
interface Drawing {
  /** When the week begins: a Monday, 00:00 UTC. */
  readonly from: number;
  readonly drawnAt: number;
  /** The id of the caller who asked for it first. */
  readonly drawnBy: string;
  /** From how many accesses it was drawn. */
  readonly population: number;
}

/** One access of a sample. */
export interface SampledAccess {
  readonly id: string;
  readonly decisionId: string;
  readonly drawing: Drawing;
  readonly judged: {
    readonly at: number;
    readonly by: Person;
    readonly verdict: SampleVerdict;
    readonly text: string;
  } | null;
}

/** Accesses of one week, drawn at random from all that nothing explained and no detector flagged. */
export interface WeeklySample extends Drawing {
  /** In the order in which they were drawn. */
  readonly accesses: readonly SampledAccess[];
}

/** Of those that were judged, how many should not have been; null: none was judged yet. */
export interface MissedEstimate {
  readonly judged: number;
  readonly notJustified: number;
  readonly share: number;
  /** The ends of the 95 % interval of the share (Wilson 1927). */
  readonly low: number;
  readonly high: number;
}

const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4 * DAY_MS;

/** When the week of a time begins. */
export const weekOf = (time: number): number => Math.floor((time - FIRST_MONDAY) / WEEK_MS) * WEEK_MS + FIRST_MONDAY;

export const sampleId = (from: number, number: number): string => `sample:${day(from)}:${number}`;

/** The normal quantile of a two-sided 95 %. */
const Z = 1.959963984540054;

/** The score interval of Wilson (1927) for a share, at 95 %; null: of nothing. */
export function wilson(hits: number, of: number): { readonly low: number; readonly high: number } | null {
  if (of === 0) return null;
  const share = hits / of;
  const centre = share + (Z * Z) / (2 * of);
  const half = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  // Of none or all the root is not quite the centre, in floating point.
  return { low: hits === 0 ? 0 : (centre - half) / scale, high: hits === of ? 1 : (centre + half) / scale };
}

/** What of the accesses that nothing explains and nobody is told of should not have been, as far as the sample tells. */
export function missedOf({
  accesses,
}: {
  readonly accesses: readonly Pick<SampledAccess, "judged">[];
}): MissedEstimate | null {
  const count = (verdict: SampleVerdict): number => accesses.filter(({ judged }) => judged?.verdict === verdict).length;
  const notJustified = count("NOT_JUSTIFIED");
  const judged = notJustified + count("JUSTIFIED");
  const interval = wilson(notJustified, judged);
  return interval === null ? null : { judged, notJustified, share: notJustified / judged, ...interval };
}

/** That it was drawn. */
export const drawnAct = ({ accesses, drawnAt, drawnBy, from, population }: WeeklySample): SampleAct => ({
  event: "DRAWN",
  ...{ week: from, at: drawnAt, author: drawnBy, population, verdict: null, text: null },
  decisionIds: accesses.map(({ decisionId }) => decisionId),
});

/** That one of its accesses was judged. */
export const judgedAct = (
  { decisionId, drawing }: SampledAccess,
  { at, by, text, verdict }: NonNullable<SampledAccess["judged"]>,
): SampleAct => ({
  event: "JUDGED",
  ...{ week: drawing.from, population: drawing.population, decisionIds: [decisionId] },
  ...{ at, author: by.callerId, verdict, text },
});
