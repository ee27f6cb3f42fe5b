import { fewest, Patients } from "../../simulation/fewPatients.ts";
import { entityKey } from "../watch/baseline.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import { isMoreThanNew, type Story } from "../watch/story.ts";
import type { Told } from "../watch/tellStories.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { StoryPoints } from "./threshold.ts";

/** What was found of one client. */
export interface BacktestCount {
  readonly clientId: string;
  readonly findings: number;
  readonly alerts: number;
  /** How many patients the least of its numbers concerns that concerns any, as `Patients` counts them; 0: none does. */
  readonly fewest: number;
}

const MOST_CLIENTS = 100;
/** Decisions of one story by which a verdict on it is known again. */
const MOST_OF_STORY = 50;

/** A story that may go on: what gathers, and every alert. */
interface Going {
  story: Story;
  /** Its points before the window. */
  before: number;
  /** In the window, those that were not handed over; and how many there were in all. */
  decisionIds: string[];
  decisions: number;
  /** Whether it became an alert in the window. */
  isAlert: boolean;
  /** Of what was found in the window. */
  readonly patients: Patients;
}

/**
 * Counts what was found in a window that begins at `from`; what comes before it is there to learn from. Of stories that go on no more it keeps
 * how many there were of as many points, so that it stays small however long the window is.
 */
export function createTally(
  from: number,
  { mostPoints, samples: mostSamples }: { readonly samples: number; readonly mostPoints: number },
) {
  const going = new Map<string, Going>();
  /** The newest of each entity by its id: of those before it alerts alone go on. */
  const newest = new Map<string, string>();
  const over = new Map<string, StoryPoints & { count: number }>();
  const clients = new Map<
    string,
    { findings: number; alerts: number; readonly found: Patients; readonly alerted: Patients }
  >();
  const ofDecisions = new Patients();
  const ofFindings = new Patients();
  const ofAlerts = new Patients();
  let alerted: string[] = [];
  let samples: KeptFinding[] = [];
  let [decisions, findings, alerts] = [0, 0, 0];

  const clientOf = (clientId: string) => {
    const count = clients.get(clientId) ?? { findings: 0, alerts: 0, found: new Patients(), alerted: new Patients() };
    clients.set(clientId, count);
    return count;
  };
  const byPoints = (a: KeptFinding, b: KeptFinding): number => b.points - a.points || b.position - a.position;
  /** No threshold is higher than `mostPoints`: what is beyond it is alike. */
  const pointsOf = ({ before, story }: Going): StoryPoints => ({
    before: Math.min(before, mostPoints),
    points: Math.min(story.points, mostPoints),
  });

  function addFinding(finding: KeptFinding): void {
    if (finding.at < from) return;
    findings++;
    const count = clientOf(finding.clientId);
    count.findings++;
    count.found.add(finding.patients);
    ofFindings.add(finding.patients);
    samples.push(finding);
    if (samples.length > 2 * mostSamples + 100) samples = samples.sort(byPoints).slice(0, mostSamples);
  }

  function countIn(counts: typeof over, one: Going): void {
    if (!isMoreThanNew(one.story)) return;
    const points = pointsOf(one);
    const key = `${points.before} ${points.points}`;
    const alike = counts.get(key);
    counts.set(key, { ...points, count: (alike?.count ?? 0) + 1 });
  }

  /** What began: of the story before it there is no more to come, unless it is an alert. */
  function begun(story: Story): Going {
    const key = entityKey(story.entity);
    const before = newest.get(key) ?? "";
    const last = going.get(before);
    if (last !== undefined && last.story.alert === null) {
      countIn(over, last);
      going.delete(before);
    }
    const one: Going = { story, before: 0, decisionIds: [], decisions: 0, isAlert: false, patients: new Patients() };
    going.set(story.id, one);
    newest.set(key, story.id);
    return one;
  }

  function countAlerted({ story }: Going, patients: readonly string[]): void {
    ofAlerts.add(patients);
    if (story.clientId !== null) clientOf(story.clientId).alerted.add(patients);
  }

  /** The findings of a part come with their stories as they are after the last of them. */
  function addStories(told: Told): void {
    const opened = new Set(told.opened.map(({ id }) => id));
    const found = new Map<string, KeptFinding[]>();
    for (const finding of told.findings) {
      if (finding.storyId === null) continue;
      const of = found.get(finding.storyId) ?? [];
      of.push(finding);
      found.set(finding.storyId, of);
    }
    for (const story of told.stories) {
      const one = going.get(story.id) ?? begun(story);
      one.story = story;
      for (const { at, decisionId, patients, points } of found.get(story.id) ?? [])
        if (at < from) one.before += points;
        else {
          one.patients.add(patients);
          if (one.isAlert) countAlerted(one, patients);
          if (one.decisions++ < MOST_OF_STORY) one.decisionIds.push(decisionId);
        }
      if (!opened.has(story.id) || story.alert === null || story.alert.openedAt < from) continue;
      one.isAlert = true;
      alerts++;
      if (story.clientId !== null) clientOf(story.clientId).alerts++;
      countAlerted(one, one.patients.ids);
    }
    for (const { id } of told.stories) {
      const one = going.get(id);
      if (one?.isAlert !== true) continue;
      alerted.push(...one.decisionIds);
      one.decisionIds = [];
    }
  }

  return {
    add(part: readonly WatchedDecision[], told: Told): void {
      for (const { at, patients } of part) {
        if (at < from) continue;
        decisions++;
        ofDecisions.add(patients.map(({ id }) => id));
      }
      for (const finding of told.findings) addFinding(finding);
      addStories(told);
    },
    get decisions() {
      return decisions;
    },
    get findings() {
      return findings;
    },
    get alerts() {
      return alerts;
    },
    /** Of how many patients each number is, as `Patients` counts them. */
    get patients() {
      return { decisions: ofDecisions.size, findings: ofFindings.size, alerts: ofAlerts.size };
    },
    get samples(): readonly KeptFinding[] {
      return samples.sort(byPoints).slice(0, mostSamples);
    },
    get byClient(): readonly BacktestCount[] {
      return [...clients]
        .map(([clientId, { alerted: of, found, ...count }]) => ({
          clientId,
          ...count,
          fewest: fewest([of.size, found.size]),
        }))
        .sort((a, b) => b.findings - a.findings || (a.clientId < b.clientId ? -1 : 1))
        .slice(0, MOST_CLIENTS);
    },
    /** Of the stories that may make an alert. */
    get storyPoints(): readonly StoryPoints[] {
      const all = new Map(over);
      for (const one of going.values()) countIn(all, one);
      return [...all.values()];
    },
    /** Decisions in the window that its alerts rest on, those of them that were not taken before. */
    takeAlerted(): readonly string[] {
      const taken = alerted;
      alerted = [];
      return taken;
    },
    /** How many `takeAlerted` has. */
    get alerted() {
      return alerted.length;
    },
  };
}
