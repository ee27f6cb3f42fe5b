import { groupBy } from "../../../../src/domain/kernel/groupBy.ts";
import { wilson } from "./interval.ts";
import type { BudgetScore, HospitalScore } from "./scorekeeper.ts";

export interface Share {
  readonly hits: number;
  readonly of: number;
  /** Null: of nothing. */
  readonly share: number | null;
  /** At 95 %, by Wilson. */
  readonly interval: readonly [number, number] | null;
}
const share = (hits: number, of: number): Share => ({
  hits,
  of,
  share: of === 0 ? null : hits / of,
  interval: wilson(hits, of),
});
const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);

interface BudgetResult {
  readonly budget: number;
  readonly alone: Share;
  readonly together: Share;
  /** Of what was shown. */
  readonly right: Share;
}

export interface Evaluation {
  readonly hospitals: number;
  readonly decisions: number;
  readonly accesses: number;
  /** The fewest questions first. */
  readonly budgets: readonly BudgetResult[];
  /** Found alone within the middle budget, by kind. */
  readonly kinds: ReadonlyMap<string, Share>;
  readonly explained: Share;
  readonly undocumented: Share;
  readonly snoopingExplained: number;
  /** What was shown within the middle budget and is not right: by reason and by what it is about; the most first. */
  readonly wrongBy: readonly (readonly [string, number])[];
  readonly wrongAbout: readonly (readonly [string, number])[];
}

const ORDINARY = "ordinary work";

const counted = (names: Iterable<string>): (readonly [string, number])[] =>
  [...groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const).sort((a, b) => b[1] - a[1]);

/** What several hospitals of a world come to together. */
export function evaluate(scores: readonly HospitalScore[]): Evaluation {
  const incidents = sum(scores, (one) => one.incidents.length);
  const count = Math.min(...scores.map(({ budgets }) => budgets.length));
  const middle = Math.floor(count / 2);
  const ofBudget = (i: number): readonly BudgetScore[] =>
    scores.map(({ budgets }) => budgets[i]).filter((one) => one !== undefined);
  const kinds = new Map<string, { hits: number; of: number }>();
  for (const { incidents: all, budgets } of scores)
    for (const { kind, id } of all) {
      const known = kinds.get(kind) ?? { hits: 0, of: 0 };
      kinds.set(kind, known);
      known.of++;
      if (budgets[middle]?.alone.has(id)) known.hits++;
    }
  const wrong = ofBudget(middle).flatMap((one) => one.wrong);
  return {
    hospitals: scores.length,
    decisions: sum(scores, (one) => one.decisions),
    accesses: sum(scores, (one) => one.accesses),
    budgets: Array.from({ length: count }, (_, i) => ({
      budget: ofBudget(i)[0]?.budget ?? 0,
      alone: share(
        sum(ofBudget(i), (one) => one.alone.size),
        incidents,
      ),
      together: share(
        sum(ofBudget(i), (one) => one.together.size),
        incidents,
      ),
      right: share(
        sum(ofBudget(i), (one) => one.right),
        sum(ofBudget(i), (one) => one.shown),
      ),
    })),
    kinds: new Map([...kinds].map(([kind, { hits, of }]) => [kind, share(hits, of)])),
    explained: share(
      sum(scores, (one) => one.explained),
      sum(scores, (one) => one.byPeople),
    ),
    undocumented: share(
      sum(scores, (one) => one.undocumented),
      sum(scores, (one) => one.byStaff),
    ),
    snoopingExplained: sum(scores, (one) => one.snoopingExplained),
    wrongBy: counted(wrong.map(({ code }) => code)),
    wrongAbout: counted(wrong.map(({ about }) => about ?? ORDINARY)),
  };
}
