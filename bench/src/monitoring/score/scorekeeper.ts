import type { DetectorCode, Severity } from "../../../../src/domain/monitoring/detectors/detector.ts";
import type { WatchedDecision } from "../../../../src/domain/monitoring/watchedDecision.ts";
import { SCORED_FROM, startOf } from "../hospital/calendar.ts";
import type { NumberedDecision } from "../hospital/types.ts";
import type { Story } from "../incidents/incident.ts";
import type { RaisedAlert } from "./judge.ts";

/** An alert is of an incident if at least this share of its decisions is: one bad access among a hundred is no find. */
export const SHARE_OF_A_FIND = 0.2;

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

export interface StoryScore {
  readonly story: Story;
  readonly decisions: number;
  /** Null: no alert is of it. */
  readonly found: {
    /** Its decisions before the one that opened the alert. */
    readonly before: number;
    /** From its first decision; milliseconds. */
    readonly after: number;
  } | null;
}

export interface AlertScore {
  readonly severity: Severity;
  readonly detectors: readonly DetectorCode[];
  readonly right: boolean;
  /** Of what most of its labelled decisions are; null: of ordinary work. */
  readonly about: string | null;
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
  readonly stories: readonly StoryScore[];
  readonly alerts: readonly AlertScore[];
}

/** Counts what a judge says against what is true; each decision is given once, in order. */
export function createScorekeeper(stories: readonly Story[]) {
  const known = new Map(
    stories.map((story) => [story.id, { story, decisions: 0, first: 0, found: null as StoryScore["found"] }]),
  );
  /** Only of what was planted. */
  const storyOf = new Map<string, string>();
  const alerts: AlertScore[] = [];
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

  function judge(alert: RaisedAlert, at: number): AlertScore {
    const tally = new Map<string, number>();
    for (const id of new Set(alert.decisions)) {
      const story = storyOf.get(id);
      if (story !== undefined) tally.set(story, (tally.get(story) ?? 0) + 1);
    }
    const needed = new Set(alert.decisions).size * SHARE_OF_A_FIND;
    let right = false;
    for (const [id, hits] of tally) {
      const story = known.get(id);
      if (story === undefined || !story.story.bad || hits < needed) continue;
      right = true;
      story.found ??= { before: story.decisions, after: at - story.first };
    }
    const [about = null] = [...tally].sort((a, b) => b[1] - a[1])[0] ?? [];
    return { severity: alert.severity, detectors: alert.detectors, right, about };
  }

  return {
    take(decision: NumberedDecision, watched: WatchedDecision, raised: readonly RaisedAlert[]): void {
      const { label, id, at } = decision;
      count(decision, watched);
      const story = label.kind === "RIGHTFUL" ? undefined : known.get(label.id);
      if (label.kind !== "RIGHTFUL") storyOf.set(id, label.id);
      if (story !== undefined && story.decisions === 0) story.first = at;
      if (at >= scoredFrom) for (const alert of raised) alerts.push(judge(alert, at));
      if (story !== undefined) story.decisions++;
    },
    score: (): HospitalScore => ({
      ...counts,
      stories: [...known.values()].map(({ story, decisions, found }) => ({ story, decisions, found })),
      alerts,
    }),
  };
}
