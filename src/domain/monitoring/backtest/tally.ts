import { isPatientThere } from "../alerts/seen.ts";
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
}

const MOST_CLIENTS = 100;
/** Decisions of one story by which a verdict on it is known again. */
const MOST_OF_STORY = 50;

/** A story that may go on. */
interface Going {
  story: Story;
  /** Its points before the window. */
  before: number;
  /** In the window. */
  readonly decisionIds: string[];
  /** Whether it became an alert in the window. */
  isAlert: boolean;
}

/**
 * Counts what was found in a window that begins at `from`; what comes before it is there to learn from. Of stories that go on no more it keeps
 * how many there were of as many points, so that it stays small however long the window is.
 */
export function createTally(
  from: number,
  { mostPoints, samples: mostSamples }: { readonly samples: number; readonly mostPoints: number },
) {
  /** The newest of each entity: none before it goes on. */
  const going = new Map<string, Going>();
  const over = new Map<string, StoryPoints & { count: number }>();
  const clients = new Map<string, { findings: number; alerts: number }>();
  const ownSubjects = new Set<string>();
  let alerted: string[] = [];
  let samples: KeptFinding[] = [];
  let [decisions, findings, alerts] = [0, 0, 0];

  const clientOf = (clientId: string) => {
    const count = clients.get(clientId) ?? { findings: 0, alerts: 0 };
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
    clientOf(finding.clientId).findings++;
    if (finding.subject !== null && isPatientThere(finding)) ownSubjects.add(finding.subject.id);
    samples.push(finding);
    if (samples.length > 2 * mostSamples + 100) samples = samples.sort(byPoints).slice(0, mostSamples);
  }

  function settle(one: Going): void {
    if (one.isAlert) alerted.push(...one.decisionIds);
    if (!isMoreThanNew(one.story)) return;
    const points = pointsOf(one);
    const key = `${points.before} ${points.points}`;
    const alike = over.get(key);
    if (alike === undefined) over.set(key, { ...points, count: 1 });
    else alike.count++;
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
      const key = entityKey(story.entity);
      const newest = going.get(key);
      let one = newest;
      if (one?.story.id !== story.id) {
        if (newest !== undefined) settle(newest);
        one = { story, before: 0, decisionIds: [], isAlert: false };
        going.set(key, one);
      }
      one.story = story;
      for (const { at, decisionId, points } of found.get(story.id) ?? [])
        if (at < from) one.before += points;
        else if (one.decisionIds.length < MOST_OF_STORY) one.decisionIds.push(decisionId);
      if (!opened.has(story.id) || story.alert === null || story.alert.openedAt < from) continue;
      one.isAlert = true;
      alerts++;
      if (story.clientId !== null) clientOf(story.clientId).alerts++;
    }
  }

  return {
    add(part: readonly WatchedDecision[], told: Told): void {
      decisions += part.filter(({ at }) => at >= from).length;
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
    /** The ids of those who are patients of what was found of them. */
    get ownSubjects(): ReadonlySet<string> {
      return ownSubjects;
    },
    get samples(): readonly KeptFinding[] {
      return samples.sort(byPoints).slice(0, mostSamples);
    },
    get byClient(): readonly BacktestCount[] {
      return [...clients]
        .map(([clientId, count]) => ({ clientId, ...count }))
        .sort((a, b) => b.findings - a.findings || (a.clientId < b.clientId ? -1 : 1))
        .slice(0, MOST_CLIENTS);
    },
    /** Of the stories that may make an alert. */
    get storyPoints(): readonly StoryPoints[] {
      const open = [...going.values()].filter(({ story }) => isMoreThanNew(story)).map(pointsOf);
      return [...over.values(), ...open];
    },
    /** Decisions in the window that its alerts rest on, those of them that were not taken before: of alerts that are over, or `all`. */
    takeAlerted(all: boolean): readonly string[] {
      const taken = alerted;
      alerted = [];
      if (!all) return taken;
      return [...taken, ...[...going.values()].flatMap(({ decisionIds, isAlert }) => (isAlert ? decisionIds : []))];
    },
    /** How many `takeAlerted` has of those that are over. */
    get alerted() {
      return alerted.length;
    },
  };
}
