import { groupBy } from "../../kernel/groupBy.ts";
import type { DecidedVerdict, ReviewDecision, ReviewItem } from "./campaign.ts";

/** How somebody reviewed: what a rubber stamp looks like. */
export interface ReviewerFigures {
  /** The id of the caller, and of the person behind it as far as it is said. */
  readonly callerId: string;
  readonly person: string | null;
  readonly decided: number;
  readonly kept: number;
  readonly removed: number;
  readonly reduced: number;
  /** Kept of decided, from 0 to 1. */
  readonly shareKept: number;
  /** Decided within `BULK_MS` of the decision before, by the same caller. */
  readonly inBulk: number;
  /** Between one decision and the next, breaks of more than half an hour left out; null: there is no next. */
  readonly medianSeconds: number | null;
  /** Otherwise than advised, where there was advice. */
  readonly againstAdvice: number;
  readonly withAdvice: number;
}

/** Nobody reads an item in less. */
const BULK_MS = 3_000;
const BREAK_MS = 30 * 60_000;

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}

type Decided = ReviewItem & { readonly decision: ReviewDecision };
const isDecided = (item: ReviewItem): item is Decided => item.decision !== null;

function figuresOf(callerId: string, items: readonly Decided[]): ReviewerFigures {
  const count = (verdict: DecidedVerdict): number =>
    items.filter(({ decision }) => decision.verdict === verdict).length;
  const times = items.map(({ decision }) => decision.at).sort((a, b) => a - b);
  const pauses = times.slice(1).map((at, i) => at - (times[i] ?? at));
  const seconds = median(pauses.filter((pause) => pause <= BREAK_MS));
  const advised = items.filter(({ advice }) => advice !== null);
  return {
    callerId,
    person: items[0]?.decision.by.subject?.id ?? null,
    decided: items.length,
    kept: count("KEEP"),
    removed: count("REMOVE"),
    reduced: count("REDUCE"),
    shareKept: count("KEEP") / items.length,
    inBulk: pauses.filter((pause) => pause < BULK_MS).length,
    medianSeconds: seconds === null ? null : seconds / 1000,
    againstAdvice: advised.filter(({ advice, decision }) => advice?.verdict !== decision.verdict).length,
    withAdvice: advised.length,
  };
}

/** The figures of everybody who decided, whoever decided most first. */
export const reviewerFigures = (items: readonly ReviewItem[]): readonly ReviewerFigures[] =>
  [...groupBy(items.filter(isDecided), ({ decision }) => decision.by.callerId)]
    .map(([callerId, own]) => figuresOf(callerId, own))
    .sort((a, b) => b.decided - a.decided || (a.callerId < b.callerId ? -1 : 1));
