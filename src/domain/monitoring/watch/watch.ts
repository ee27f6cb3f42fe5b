import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { baselineKey, entityKey, type KeptBaseline } from "./baseline.ts";
import { observe } from "./observe.ts";
import type { Story } from "./story.ts";
import { type Told, tellStories } from "./tellStories.ts";

/** Watches decisions with a memory of its own. */
export interface Watch {
  /** Decisions in the order of the journal, after those that it was given before. */
  take(decisions: readonly WatchedDecision[]): Told;
  /** How many baselines it has in memory. */
  readonly baselines: number;
}

/**
 * The same as what is watched live, in memory: for back-tests and evaluations. Where it sees the decisions that were watched live, from
 * the first on and with the same settings, it finds the same, id by id; its stories are the same until people close one.
 */
export function createWatch(detectors: readonly ActiveDetector[]): Watch {
  const baselines = new Map<string, KeptBaseline>();
  const stories = new Map<string, Story>();
  return {
    get baselines() {
      return baselines.size;
    },
    take(decisions) {
      const seen = observe({ decisions, detectors, known: (name) => baselines.get(baselineKey(name)) ?? null });
      for (const { baseline, detector, entity, usedAt } of seen.baselines)
        baselines.set(baselineKey({ detector, entity }), { baseline, usedAt });
      const known = (entity: Story["entity"]) => stories.get(entityKey(entity)) ?? null;
      const told = tellStories({ detectors, findings: seen.findings, known, suppressed: [] });
      for (const story of told.stories) stories.set(entityKey(story.entity), story);
      return told;
    },
  };
}
