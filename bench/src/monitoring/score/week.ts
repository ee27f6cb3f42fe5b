import { groupBy } from "../../../../src/domain/kernel/groupBy.ts";
import type { Said } from "./judge.ts";

/** How many reasons of a question people read. */
const READ = 3;

/** The rarest that was said in a week of one matter by one reason, and what it is in truth. */
export interface WeekReason extends Pick<Said, "group" | "code" | "rate"> {
  /** Matter and code. */
  readonly key: string;
  readonly at: number;
  /** Incidents of which it shows enough. */
  readonly right: readonly string[];
  /** What most of its planted decisions are; null: ordinary work. */
  readonly about: string | null;
}

/** What people are asked in a week. */
export interface Question {
  readonly group: string;
  /** The rarest first. */
  readonly reasons: readonly WeekReason[];
  readonly right: ReadonlySet<string>;
}

const rarestFirst = (a: WeekReason, b: WeekReason): number =>
  a.rate - b.rate || a.at - b.at || (a.key < b.key ? -1 : 1);

/** The questions of a week in their order: the rarest first, by its rarest reason; ties by who spoke first. */
export function questionsOf(reasons: Iterable<WeekReason>): Question[] {
  const groups = [...groupBy(reasons, ({ group }) => group)].map(([group, all]): Question => {
    const read = [...all].sort(rarestFirst).slice(0, READ);
    return { group, reasons: read, right: new Set(read.flatMap(({ right }) => right)) };
  });
  return groups.sort((a, b) => rarestFirst(a.reasons[0] as WeekReason, b.reasons[0] as WeekReason));
}

/**
 * The place of an incident among all that is not bad, from 1: that of the rarest reason which shows it, whatever else is asked about the same
 * person; null: no question shows it.
 */
export function placeAlone(questions: readonly Question[], incident: string): number | null {
  const own = questions
    .flatMap(({ reasons }) => reasons)
    .filter(({ right }) => right.includes(incident))
    .sort(rarestFirst)[0];
  if (own === undefined) return null;
  return (
    1 + questions.filter(({ right, reasons: [first = own] }) => right.size === 0 && rarestFirst(first, own) < 0).length
  );
}
