import { groupBy } from "../../../../src/domain/kernel/groupBy.ts";
import { median } from "../../lib/stats.ts";
import { DAY } from "../hospital/calendar.ts";
import { DOSES, type Dose } from "../incidents/incident.ts";
import { wilson } from "./interval.ts";
import type { AlertScore, HospitalScore, StoryScore } from "./scorekeeper.ts";

/** A dose is detected if so many of its incidents are found. */
const DETECTED = 0.9;

interface Share {
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
const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));

interface KindResult {
  readonly kind: string;
  readonly recall: Share;
  readonly byDose: Readonly<Record<Dose, Share>>;
  /** The smallest dose of which nine in ten were found; null: none. */
  readonly limit: Dose | null;
  /** Medians of those that were found. */
  readonly before: number | null;
  readonly days: number | null;
}

export interface Evaluation {
  readonly hospitals: number;
  readonly decisions: number;
  readonly accesses: number;
  readonly recall: Share;
  /** Those missed most come first. */
  readonly kinds: readonly KindResult[];
  readonly alerts: Share;
  readonly high: Share;
  readonly falseIn10000: number;
  readonly before: number | null;
  readonly explained: Share;
  readonly undocumented: Share;
  readonly snoopingExplained: number;
  /** False alerts by what they are about, and by what raised them; the most first. */
  readonly falseAbout: readonly (readonly [string, number])[];
  readonly falseBy: readonly (readonly [string, number])[];
}

const ORDINARY = "ordinary work";

function ofKind(kind: string, stories: readonly StoryScore[]): KindResult {
  const found = stories.flatMap((one) => one.found ?? []);
  const recall = (some: readonly StoryScore[]): Share =>
    share(some.filter((one) => one.found !== null).length, some.length);
  const byDose = {
    SMALL: recall(stories.filter(({ story }) => story.dose === "SMALL")),
    MEDIUM: recall(stories.filter(({ story }) => story.dose === "MEDIUM")),
    LARGE: recall(stories.filter(({ story }) => story.dose === "LARGE")),
  } satisfies Record<Dose, Share>;
  return {
    kind,
    recall: recall(stories),
    byDose,
    limit: DOSES.find((dose) => (byDose[dose].share ?? 0) >= DETECTED) ?? null,
    before: middle(found.map(({ before }) => before)),
    days: middle(found.map(({ after }) => after / DAY)),
  };
}

const counted = (names: Iterable<string>): (readonly [string, number])[] =>
  [...groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const).sort((a, b) => b[1] - a[1]);

/** What many hospitals come to together. */
export function evaluate(scores: readonly HospitalScore[]): Evaluation {
  const bad = scores.flatMap(({ stories }) => stories.filter(({ story, decisions }) => story.bad && decisions > 0));
  const alerts: readonly AlertScore[] = scores.flatMap((one) => one.alerts);
  const wrong = alerts.filter(({ right }) => !right);
  const high = alerts.filter(({ severity }) => severity === "HIGH");
  const right = (some: readonly AlertScore[]): Share => share(some.filter((one) => one.right).length, some.length);
  const kinds = [...groupBy(bad, ({ story }) => story.kind)].map(([kind, stories]) => ofKind(kind, stories));
  const accesses = sum(scores, (one) => one.accesses);
  return {
    hospitals: scores.length,
    decisions: sum(scores, (one) => one.decisions),
    accesses,
    recall: share(bad.filter(({ found }) => found !== null).length, bad.length),
    kinds: kinds.sort((a, b) => (a.recall.share ?? 0) - (b.recall.share ?? 0)),
    alerts: right(alerts),
    high: right(high),
    falseIn10000: accesses === 0 ? 0 : (wrong.length / accesses) * 10_000,
    before: middle(bad.flatMap(({ found }) => found?.before ?? [])),
    explained: share(
      sum(scores, (one) => one.explained),
      sum(scores, (one) => one.byPeople),
    ),
    undocumented: share(
      sum(scores, (one) => one.undocumented),
      sum(scores, (one) => one.byStaff),
    ),
    snoopingExplained: sum(scores, (one) => one.snoopingExplained),
    falseAbout: counted(wrong.map(({ about }) => about ?? ORDINARY)),
    falseBy: counted(wrong.flatMap(({ detectors }) => [...new Set(detectors)])),
  };
}
