import { DAY } from "../hospital/calendar.ts";
import { createRandom } from "../random.ts";
import { type Question, questionsOf, type WeekReason } from "./week.ts";

/** A verdict that explains quiets exactly what it is of, for so long. */
const QUIET = 60 * DAY;

interface Seen {
  readonly rate: number;
  readonly closedAt: number;
  readonly explained: boolean;
}

/** People who look at so many questions a week, the rarest first, and close each after one to fourteen days with the truth. */
export function createOfficers(budget: number) {
  const random = createRandom(`officers/${budget}`);
  const seen = new Map<string, Seen>();
  /** Whether it is a question: an open one is raised again only by what is rarer. */
  function isNew({ key, rate, at }: WeekReason): boolean {
    const before = seen.get(key);
    if (before === undefined) return true;
    if (at < before.closedAt) return rate < before.rate;
    return !before.explained || at >= before.closedAt + QUIET;
  }
  return {
    /** What of a week's reasons are questions, in their order; the first `budget` are looked at. */
    week(reasons: Iterable<WeekReason>, end: number): readonly Question[] {
      const questions = questionsOf([...reasons].filter(isNew));
      for (const { reasons: read } of questions.slice(0, budget)) {
        const closedAt = end + random.between(1, 14) * DAY;
        for (const { key, rate, right } of read) seen.set(key, { rate, closedAt, explained: right.length === 0 });
      }
      return questions;
    },
  };
}
