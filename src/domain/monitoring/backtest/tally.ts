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
    const one: Going = { story, before: 0, decisionIds: [], decisions: 0, isAlert: false };
    going.set(story.id, one);
    newest.set(key, story.id);
    return one;
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
      for (const { at, decisionId, points } of found.get(story.id) ?? [])
        if (at < from) one.before += points;
        else if (one.decisions++ < MOST_OF_STORY) one.decisionIds.push(decisionId);
      if (!opened.has(story.id) || story.alert === null || story.alert.openedAt < from) continue;
      one.isAlert = true;
      alerts++;
      if (story.clientId !== null) clientOf(story.clientId).alerts++;
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
