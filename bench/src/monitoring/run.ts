import { happenings, makeHospital } from "./hospital/hospital.ts";
import { storiesOf } from "./incidents/fromFile.ts";
import type { IncidentFile } from "./incidents/incidentFile.ts";
import { standardStories } from "./incidents/plant.ts";
import type { Watcher } from "./naiveWatcher.ts";
import { createRandom } from "./random.ts";
import type { Judge } from "./score/judge.ts";
import { createScorekeeper, type HospitalScore } from "./score/scorekeeper.ts";

/** A hospital with what is planted in it. `file` null: the standard incidents. */
export function hospitalWithStories(seed: number, file: IncidentFile | null) {
  const hospital = makeHospital(seed);
  const random = createRandom(`hospital/${seed}/stories`);
  const stories = file === null ? standardStories(hospital, seed, random) : storiesOf(file, hospital, random);
  return { stories, happenings: happenings(hospital, seed, stories) };
}

/** Lets watchers and judges see the twelve weeks of one hospital, and says what each judge found. */
export function runHospital(
  seed: number,
  file: IncidentFile | null,
  { watcher, judges }: { readonly watcher: Watcher; readonly judges: readonly Judge[] },
): HospitalScore[] {
  const { stories, happenings: all } = hospitalWithStories(seed, file);
  const keepers = judges.map((judge) => ({ judge, keeper: createScorekeeper(stories.map(({ story }) => story)) }));
  for (const happening of all) {
    if (happening.kind !== "DECISION") {
      watcher.learn(happening);
      continue;
    }
    const watched = watcher.watch(happening.decision);
    for (const { judge, keeper } of keepers) keeper.take(happening.decision, watched, judge.take(watched));
  }
  return keepers.map(({ keeper }) => keeper.score());
}
