import { createRandom } from "../random.ts";
import { benignWork } from "./benign/benign.ts";
import { DAYS, START, startOf } from "./calendar.ts";
import { createDirectoryKeeper } from "./directory.ts";
import { makeMoves } from "./moves.ts";
import { makePlan } from "./plan.ts";
import { populate } from "./population.ts";
import { type Hospital, rightfulWork } from "./rightful.ts";
import { createRoster } from "./roster.ts";
import type { Fact, GroundDecision, Happening, Tie } from "./types.ts";
import { WORLDS, type World } from "./world.ts";

/** The people of a seed, their plan and their shifts. */
export function makeHospital(seed: number, world: World = WORLDS.easy): Hospital {
  const random = createRandom(`hospital/${seed}`);
  const rates = world.rates(seed);
  const people = populate(random.fork("people"), world.size, Math.round(rates.everywhere));
  const roster = createRoster(`hospital/${seed}`);
  const moves = makeMoves(people, roster, rates.floats, random.fork("moves"));
  return { people, plan: makePlan(people, random.fork("plan")), roster, moves };
}

/** What is put into the twelve weeks beside the ordinary work. */
export interface Planted {
  readonly decisions: readonly GroundDecision[];
  readonly facts: readonly Fact[];
  /** What the directory is told of patients beside the plan; default none. */
  readonly ties?: readonly Tie[];
}

type Item =
  | { readonly at: number; readonly fact: Fact }
  | { readonly at: number; readonly tie: Tie; readonly holds: boolean }
  | { readonly at: number; readonly decision: GroundDecision };

const beginAndEnd = (tie: Tie): Item[] => [
  { at: tie.from, tie, holds: true },
  { at: tie.until, tie, holds: false },
];

/**
 * All that happens in the twelve weeks, in the order of time, made day by day: what is kept is the plan, the directory and
 * what runs past midnight. What is known at the first moment comes first.
 */
export function* happenings(
  hospital: Hospital,
  seed: number,
  planted: readonly Planted[] = [],
  world: World = WORLDS.easy,
): Generator<Happening> {
  const { people, plan } = hospital;
  const work = rightfulWork(hospital, createRandom(`hospital/${seed}/work`));
  const benign = benignWork(hospital, world.rates(seed), seed);
  const keeper = createDirectoryKeeper(people);
  // The plan's items and the planted ones, the last first, so that a day takes its own off the end.
  const later: Item[] = [
    ...plan.ties.flatMap(beginAndEnd),
    ...planted.flatMap(({ ties = [] }) => ties.flatMap(beginAndEnd)),
    ...planted.flatMap(({ facts }) => facts.map((fact): Item => ({ at: fact.at, fact }))),
    ...planted.flatMap(({ decisions }) => decisions.map((decision): Item => ({ at: decision.at, decision }))),
  ].sort((a, b) => b.at - a.at);
  for (let next = later.at(-1); next !== undefined && next.at <= START; next = later.at(-1)) {
    if ("tie" in next) keeper.change(next.tie, next.holds, START);
    later.pop();
  }
  for (const fact of keeper.all(START)) yield benign.directory(fact);

  let position = 0;
  let running: Item[] = [];
  for (let day = 0; day < DAYS; day++) {
    const end = startOf(day + 1);
    const { decisions, ties, facts = [] } = benign.day(day, work(day));
    for (const decision of decisions) running.push({ at: decision.at, decision });
    for (const tie of ties) running.push(...beginAndEnd(tie));
    for (const fact of facts) running.push({ at: fact.at, fact });
    for (let next = later.at(-1); next !== undefined && next.at < end; next = later.at(-1)) {
      running.push(next);
      later.pop();
    }
    running.sort((a, b) => a.at - b.at);
    let done = 0;
    for (const item of running) {
      if (item.at >= end) break;
      done++;
      if ("fact" in item) yield benign.directory(item.fact);
      else if ("tie" in item) yield keeper.change(item.tie, item.holds, item.at);
      else {
        position++;
        yield { kind: "DECISION", at: item.at, decision: { ...item.decision, id: `d${position}`, position } };
      }
    }
    running = running.slice(done);
  }
}
