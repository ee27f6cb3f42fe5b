import type { WatchedDecision } from "../../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, SCORED_FROM, START, startOf } from "../hospital/calendar.ts";
import type { NumberedDecision } from "../hospital/types.ts";
import type { Story } from "../incidents/incident.ts";
import type { Said } from "./judge.ts";
import { createOfficers } from "./officers.ts";
import { placeAlone, type WeekReason } from "./week.ts";

/** What is said is of an incident if at least this share of its decisions is: one bad access among a hundred is no find. */
export const SHARE_OF_A_FIND = 0.2;
const WEEK = 7 * DAY;

/** What relations of the directory explain, unlike what is on record beside it. */
const DIRECTLY: readonly unknown[] = [
  "OWN_RECORD",
  "REPRESENTS",
  "CARE_TEAM",
  "APPOINTMENT",
  "ORDER",
  "REFERRAL",
  "SAME_UNIT",
];

/** What came of a budget in the scored weeks. */
export interface BudgetScore {
  readonly budget: number;
  /** Incidents whose best question of a week was within the budget among all that is not bad, and among all. */
  readonly alone: ReadonlySet<string>;
  readonly together: ReadonlySet<string>;
  readonly shown: number;
  readonly right: number;
  /** What was shown and is not right: by its rarest reason, and by what it is about. */
  readonly wrong: readonly { readonly code: string; readonly about: string | null }[];
}

/** What came of one hospital, in the scored weeks. */
export interface HospitalScore {
  readonly decisions: number;
  readonly accesses: number;
  /** Of allowed accesses by people to patients, incidents left out. */
  readonly byPeople: number;
  readonly explained: number;
  /** Rightful accesses of staff, and those without a relation in the directory, over all the weeks. */
  readonly byStaff: number;
  readonly undocumented: number;
  /** Decisions of snooping that a relation explains: there must be none. */
  readonly snoopingExplained: number;
  /** Bad ones that have decisions. */
  readonly incidents: readonly Story[];
  readonly budgets: readonly BudgetScore[];
}

/** Counts what a judge says against what is true; each decision is given once, in order. */
export function createScorekeeper(stories: readonly Story[], budgets: readonly number[]) {
  const known = new Map(stories.map((story) => [story.id, { story, decisions: 0 }]));
  /** Only of what was planted. */
  const storyOf = new Map<string, string>();
  const officers = budgets.map((budget) => ({
    ...createOfficers(budget),
    budget,
    alone: new Set<string>(),
    together: new Set<string>(),
    shown: 0,
    right: 0,
    wrong: [] as { readonly code: string; readonly about: string | null }[],
  }));
  const counts = {
    decisions: 0,
    accesses: 0,
    byPeople: 0,
    explained: 0,
    byStaff: 0,
    undocumented: 0,
    snoopingExplained: 0,
  };
  const scoredFrom = startOf(SCORED_FROM);
  let week = 0;
  let reasons = new Map<string, WeekReason>();

  function count({ label, kind, outcome, subject, at }: NumberedDecision, { patients }: WatchedDecision): void {
    const scored = at >= scoredFrom;
    if (scored) counts.decisions++;
    if (kind !== "ACCESS") return;
    if (scored) counts.accesses++;
    if (label.kind === "RIGHTFUL" && label.documented !== null && patients.length > 0) {
      counts.byStaff++;
      if (!label.documented) counts.undocumented++;
    }
    if (!scored || outcome !== "ALLOW" || subject === null || patients.length === 0) return;
    const explanations = patients.map(({ explanation }) => explanation?.kind ?? null);
    if (label.kind === "INCIDENT") {
      const direct = explanations.some((one) => DIRECTLY.includes(one));
      if (known.get(label.id)?.story.snooping && direct) counts.snoopingExplained++;
    } else {
      counts.byPeople++;
      if (!explanations.includes(null)) counts.explained++;
    }
  }

  function hear({ matter, group, code, rate, decisions }: Said, at: number): void {
    const key = `${matter} ${code}`;
    const before = reasons.get(key);
    if (before !== undefined && before.rate < rate) return;
    const tally = new Map<string, number>();
    const shown = new Set(decisions);
    for (const id of shown) {
      const story = storyOf.get(id);
      if (story !== undefined) tally.set(story, (tally.get(story) ?? 0) + 1);
    }
    const right = [...tally]
      .filter(([id, hits]) => known.get(id)?.story.bad === true && hits >= shown.size * SHARE_OF_A_FIND)
      .map(([id]) => id);
    const [about = null] = [...tally].sort((a, b) => b[1] - a[1])[0] ?? [];
    reasons.set(key, { key, group, code, rate, at, right, about });
  }

  function closeWeek(): void {
    const isScored = START + week * WEEK >= scoredFrom;
    for (const one of officers) {
      const questions = one.week(reasons.values(), START + (week + 1) * WEEK);
      if (!isScored) continue;
      for (const { right, reasons: read } of questions.slice(0, one.budget)) {
        one.shown++;
        if (right.size > 0) one.right++;
        else one.wrong.push({ code: read[0]?.code ?? "", about: read[0]?.about ?? null });
        for (const incident of right) one.together.add(incident);
      }
      for (const incident of new Set(questions.flatMap(({ right }) => [...right])))
        if ((placeAlone(questions, incident) ?? Number.POSITIVE_INFINITY) <= one.budget) one.alone.add(incident);
    }
    week++;
    reasons = new Map();
  }

  return {
    take(decision: NumberedDecision, watched: WatchedDecision, said: readonly Said[]): void {
      const { label, id, at } = decision;
      while (at >= START + (week + 1) * WEEK) closeWeek();
      count(decision, watched);
      if (label.kind !== "RIGHTFUL") {
        storyOf.set(id, label.id);
        const story = known.get(label.id);
        if (story !== undefined) story.decisions++;
      }
      for (const one of said) hear(one, at);
    },
    /** After the last decision. */
    score(): HospitalScore {
      closeWeek();
      const incidents = [...known.values()].filter(({ story, decisions }) => story.bad && decisions > 0);
      return {
        ...counts,
        incidents: incidents.map(({ story }) => story),
        // Without what they do, which no other process can be sent.
        budgets: officers.map(({ week: _, ...score }) => score),
      };
    },
  };
}
