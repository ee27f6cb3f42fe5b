/** One hospital in a process of its own, so that all cores are used: it is sent what to run, and sends what came of it. */
import { WORLDS, type WorldName } from "./hospital/world.ts";
import { createNaiveWatcher } from "./naiveWatcher.ts";
import { createPlainJudge } from "./plainJudge.ts";
import { type IncidentSet, runHospital } from "./run.ts";
import type { HospitalScore } from "./score/scorekeeper.ts";
import { createServiceJudge } from "./serviceJudge.ts";

export interface HospitalJob {
  readonly seed: number;
  readonly world: WorldName;
  readonly set: IncidentSet;
}
export interface HospitalDone {
  /** By the name of the judge. */
  readonly scores: Readonly<Record<string, HospitalScore>>;
  readonly cpuSeconds: number;
}

/** What is tried, by name. */
const JUDGES = { "the service": createServiceJudge, "plain rules": createPlainJudge };

process.once("message", ({ seed, world, set }: HospitalJob) => {
  const judges = Object.values(JUDGES).map((create) => create());
  const all = runHospital(seed, set, WORLDS[world], { watcher: createNaiveWatcher(), judges });
  const scores = Object.fromEntries(Object.keys(JUDGES).flatMap((name, i) => (all[i] ? [[name, all[i]]] : [])));
  const done: HospitalDone = { scores, cpuSeconds: process.cpuUsage().user / 1e6 };
  process.send?.(done, () => process.disconnect());
});
