import { blindStories } from "./blind/plant.ts";
import { happenings, makeHospital } from "./hospital/hospital.ts";
import type { Hospital } from "./hospital/rightful.ts";
import type { World } from "./hospital/world.ts";
import { storiesOf } from "./incidents/fromFile.ts";
import type { PlantedStory } from "./incidents/incident.ts";
import type { IncidentFile } from "./incidents/incidentFile.ts";
import { standardStories } from "./incidents/plant.ts";
import type { Watcher } from "./naiveWatcher.ts";
import { createRandom, type Random } from "./random.ts";
import type { Judge } from "./score/judge.ts";
import { createScorekeeper, type HospitalScore } from "./score/scorekeeper.ts";

/** What is planted: the standard incidents, those that nothing is tuned on, or what a file says. */
export type IncidentSet = "standard" | "blind" | IncidentFile;

function storiesIn(hospital: Hospital, seed: number, set: IncidentSet, random: Random): PlantedStory[] {
  if (set === "standard") return standardStories(hospital, seed, random);
  return set === "blind" ? blindStories(hospital, seed, random) : storiesOf(set, hospital, random);
}

/** A hospital of a world with what is planted in it. */
export function hospitalWithStories(seed: number, set: IncidentSet, world: World) {
  const hospital = makeHospital(seed, world);
  const stories = storiesIn(hospital, seed, set, createRandom(`hospital/${seed}/stories`));
  return { stories, happenings: happenings(hospital, seed, stories, world) };
}

/** Lets watchers and judges see the twelve weeks of one hospital, and says what each judge found. */
export function runHospital(
  seed: number,
  set: IncidentSet,
  world: World,
  { watcher, judges }: { readonly watcher: Watcher; readonly judges: readonly Judge[] },
): HospitalScore[] {
  const { stories, happenings: all } = hospitalWithStories(seed, set, world);
  const told = stories.map(({ story }) => story);
  const keepers = judges.map((judge) => ({ judge, keeper: createScorekeeper(told, world.budgets) }));
  for (const happening of all) {
    if (happening.kind !== "DECISION") {
      watcher.learn(happening);
      for (const { judge } of keepers) judge.learn?.(happening);
      continue;
    }
    const watched = watcher.watch(happening.decision);
    for (const { judge, keeper } of keepers) keeper.take(happening.decision, watched, judge.take(watched));
  }
  return keepers.map(({ keeper }) => keeper.score());
}
