import type { DetectorCode, WatchedEntity } from "../detectors/detector.ts";
import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { type BaselineName, entityKey, type KeptBaseline } from "./baseline.ts";
import { type BaselineMemory, observe } from "./observe.ts";
import type { Story } from "./story.ts";
import { type Told, tellStories } from "./tellStories.ts";

const NOTHING: Told = { findings: [], stories: [], opened: [], rises: [] };

/** Watches decisions with a memory of its own. */
export interface Watch {
  /** Decisions in the order of the journal, after those that it was given before. */
  take(decisions: readonly WatchedDecision[]): Told;
  /** How many baselines it has in memory. */
  readonly baselines: number;
}

type OfKinds = { readonly [Kind in WatchedEntity["kind"]]: Map<string, KeptBaseline> };

/** A map for each detector and kind: a key with these in it would have to be made, and hashed, at each look. */
function createMemory(): BaselineMemory & { readonly size: number } {
  const all = new Map<DetectorCode, OfKinds>();
  function mapOf({ detector, entity: { kind } }: BaselineName): Map<string, KeptBaseline> {
    const known = all.get(detector);
    if (known !== undefined) return known[kind];
    const maps: OfKinds = { CLIENT: new Map(), SUBJECT: new Map(), PATIENT: new Map(), ROLE: new Map() };
    all.set(detector, maps);
    return maps[kind];
  }
  return {
    get size() {
      const maps = [...all.values()].flatMap((kinds) => Object.values(kinds));
      return maps.reduce((sum, { size }) => sum + size, 0);
    },
    get: (name) => mapOf(name).get(name.entity.id) ?? null,
    set: (name, kept) => void mapOf(name).set(name.entity.id, kept),
  };
}

/**
 * The same as what is watched live, in memory: for back-tests and evaluations. Where it sees the decisions that were watched live, from
 * the first on and with the same settings, it finds the same, id by id; its stories are the same until people close one; `closesAfterWeek`: as if they closed each alert a week
 * after it began.
 */
export function createWatch(
  detectors: readonly ActiveDetector[],
  { closesAfterWeek = false }: { readonly closesAfterWeek?: boolean } = {},
): Watch {
  const memory = createMemory();
  const stories = new Map<string, readonly Story[]>();
  /** Of stories that are no alerts the newest alone goes on. */
  function keep(story: Story): void {
    const key = entityKey(story.entity);
    const before = stories.get(key) ?? [];
    const isKnown = before.some(({ id }) => id === story.id);
    stories.set(
      key,
      isKnown
        ? before.map((each) => (each.id === story.id ? story : each))
        : [...before.filter(({ alert }) => alert !== null), story],
    );
  }
  return {
    get baselines() {
      return memory.size;
    },
    take(decisions) {
      const { findings } = observe(memory, { decisions, detectors });
      if (findings.length === 0) return NOTHING;
      const known = (entity: Story["entity"]) => stories.get(entityKey(entity)) ?? [];
      const told = tellStories({ closesAfterWeek, detectors, findings, known, suppressed: [] });
      for (const story of told.stories) keep(story);
      return told;
    },
  };
}
