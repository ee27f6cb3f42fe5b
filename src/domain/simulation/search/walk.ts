import { PIECE } from "../../decisions/workOf.ts";
import type { Turns } from "../../kernel/turns.ts";

/** Whatever is searched for: candidates are looked at one by one, and some are results. */
export interface Walked<Candidate, Result> {
  /** In one order, from where the page begins. The next one is taken when the one before has been looked at. */
  readonly candidates: Iterable<Candidate> | AsyncIterable<Candidate>;
  /** What it takes to look at one, in the units of `Turns`, as far as that can be told before. */
  readonly workOf: (candidate: Candidate) => number;
  /** What it took beyond that, the last time; absent: nothing. */
  readonly workBeyond?: () => number;
  /** Null: it is no result. */
  readonly look: (candidate: Candidate) => Result | null;
}

/** How long a page may get, and what it may cost. */
export interface PageBounds {
  readonly limit: number;
  /** Candidates that it looks at; absent: any number. */
  readonly scanned?: number;
  /** Work that it does, in the units of `Turns`; one candidate is always looked at. Absent: any. */
  readonly work?: number;
}

export interface WalkedPage<Candidate, Result> {
  readonly results: readonly Result[];
  /** The last candidate that was looked at; null: none was. */
  readonly last: Candidate | null;
  /** Whether no candidate is left. */
  readonly isLast: boolean;
}

/** One page of a search, filled in turns with all else that the process does. */
export async function walk<Candidate, Result>(
  { candidates, look, workBeyond = () => 0, workOf }: Walked<Candidate, Result>,
  { limit, scanned = Number.POSITIVE_INFINITY, work = Number.POSITIVE_INFINITY }: PageBounds,
  turns: Turns,
): Promise<WalkedPage<Candidate, Result>> {
  const results: Result[] = [];
  let last: Candidate | null = null;
  let looked = 0;
  let spent = 0;
  // Even the first candidate waits for its turn: many small pages are as much as a long one.
  let piece = PIECE;
  for await (const candidate of candidates) {
    if (results.length >= limit || looked >= scanned || spent >= work) return { results, last, isLast: false };
    const own = workOf(candidate);
    looked++;
    spent += own;
    piece += own;
    if (piece > PIECE) {
      await turns.take(piece);
      piece = 0;
    }
    const result = look(candidate);
    const beyond = workBeyond();
    spent += beyond;
    piece += beyond;
    if (result !== null) results.push(result);
    last = candidate;
  }
  return { results, last, isLast: true };
}
