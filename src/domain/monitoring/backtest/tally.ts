import { isPatientThere } from "../alerts/seen.ts";
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

/** Counts what was found in a window that begins at `from`; what comes before it is there to learn from. */
export function createTally(from: number, mostSamples: number) {
  const stories = new Map<string, { before: number; story: Story; readonly decisionIds: string[] }>();
  const clients = new Map<string, { findings: number; alerts: number }>();
  const opened = new Set<string>();
  const ownSubjects = new Set<string>();
  let samples: KeptFinding[] = [];
  let decisions = 0;
  let findings = 0;

  const clientOf = (clientId: string) => {
    const count = clients.get(clientId) ?? { findings: 0, alerts: 0 };
    clients.set(clientId, count);
    return count;
  };
  const byPoints = (a: KeptFinding, b: KeptFinding): number => b.points - a.points || b.position - a.position;

  function addFinding(finding: KeptFinding): void {
    if (finding.at < from) return;
    findings++;
    clientOf(finding.clientId).findings++;
    if (finding.subject !== null && isPatientThere(finding)) ownSubjects.add(finding.subject.id);
    samples.push(finding);
    if (samples.length > 2 * mostSamples + 100) samples = samples.sort(byPoints).slice(0, mostSamples);
  }

  /** The findings of a part come with their stories as they are after the last of them. */
  function addStories(told: Told): void {
    const points = new Map<string, number>();
    for (const { at, points: more, storyId } of told.findings)
      if (storyId !== null && at < from) points.set(storyId, (points.get(storyId) ?? 0) + more);
    for (const story of told.stories) {
      const known = stories.get(story.id);
      const before = (known?.before ?? 0) + (points.get(story.id) ?? 0);
      stories.set(story.id, { before, story, decisionIds: known?.decisionIds ?? [] });
    }
    for (const { at, decisionId, storyId } of told.findings) {
      const known = storyId === null ? undefined : stories.get(storyId);
      if (known !== undefined && at >= from && known.decisionIds.length < MOST_OF_STORY)
        known.decisionIds.push(decisionId);
    }
    for (const { alert, clientId, id } of told.opened) {
      if (alert === null || alert.openedAt < from) continue;
      opened.add(id);
      if (clientId !== null) clientOf(clientId).alerts++;
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
      return opened.size;
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
      return [...stories.values()]
        .filter(({ story }) => isMoreThanNew(story))
        .map(({ before, story }) => ({ before, points: story.points }));
    },
    /** Decisions in the window that its alerts rest on. */
    get alertedDecisions(): readonly string[] {
      return [...opened].flatMap((id) => stories.get(id)?.decisionIds ?? []);
    },
  };
}
