/**
 * How much of what goes wrong in a hospital is found by people who have time for so many questions a week: synthetic hospitals of twelve weeks in
 * several worlds, the last four weeks scored, with incidents whose truth is known. `--seeds 5` takes the first five of twenty in each world (left out:
 * three), `--from 101` begins with another than the first, `--seed 7` takes one; `--worlds easy,harder` takes these;
 * `--incidents file` plants what a file says (README.md), `--incidents blind` what nothing is tuned on; `--print` writes what is known and decided,
 * without the truth.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { printResult, say } from "../lib/table.ts";
import { WORLDS, type World } from "./hospital/world.ts";
import { readIncidentFile } from "./incidents/incidentFile.ts";
import { createNaiveWatcher } from "./naiveWatcher.ts";
import { createPlainJudge } from "./plainJudge.ts";
import { hospitalWithStories, type IncidentSet, runHospital } from "./run.ts";
import { type Evaluation, evaluate } from "./score/evaluation.ts";
import { printEvaluations, printWorlds } from "./score/print.ts";
import type { HospitalScore } from "./score/scorekeeper.ts";
import { createServiceJudge } from "./serviceJudge.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    worlds: { type: "string" },
    incidents: { type: "string", default: "standard" },
    print: { type: "boolean", default: false },
  },
});
const whole = (name: string, text: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} must be a whole number from 1`);
};
const seeds =
  values.seed === undefined
    ? Array.from({ length: whole("seeds", values.seeds) }, (_, i) => whole("from", values.from) + i)
    : [whole("seed", values.seed)];
const all: ReadonlyMap<string, World> = new Map(Object.entries(WORLDS));
const worlds = new Map(
  (values.worlds?.split(",") ?? [...all.keys()]).map((name) => {
    const world = all.get(name);
    if (world === undefined) throw new Error(`--worlds: there is no ${name}; there are ${[...all.keys()].join(", ")}`);
    return [name, world];
  }),
);
/** npm runs this elsewhere than where it was called. */
const pathOf = (name: string): string => resolve(process.env.INIT_CWD ?? ".", name);
const set: IncidentSet =
  values.incidents === "standard" || values.incidents === "blind"
    ? values.incidents
    : readIncidentFile(JSON.parse(await readFile(pathOf(values.incidents), "utf8")));

/** What is tried, by name. */
const JUDGES = { "the service": createServiceJudge, "plain rules": createPlainJudge };

function print(world: World): void {
  for (const seed of seeds)
    for (const happening of hospitalWithStories(seed, set, world).happenings) {
      if (happening.kind !== "DECISION") {
        console.log(JSON.stringify(happening));
        continue;
      }
      const { label: _, ...decision } = happening.decision;
      console.log(JSON.stringify({ kind: "DECISION", decision }));
    }
}

function measure(): void {
  const results = new Map(Object.keys(JUDGES).map((judge) => [judge, new Map<string, Evaluation>()]));
  for (const [name, world] of worlds) {
    const scores = Object.keys(JUDGES).map((): HospitalScore[] => []);
    for (const seed of seeds) {
      const before = process.cpuUsage().user;
      const judges = Object.values(JUDGES).map((create) => create());
      for (const [i, score] of runHospital(seed, set, world, { watcher: createNaiveWatcher(), judges }).entries())
        scores[i]?.push(score);
      say(`${name}, hospital ${seed}: ${((process.cpuUsage().user - before) / 1e6).toFixed(1)} s of the processor`);
    }
    for (const [i, result] of [...results.values()].entries()) result.set(name, evaluate(scores[i] ?? []));
  }
  for (const [judge, result] of results) printEvaluations(judge, result);
  const [first = new Map<string, Evaluation>()] = results.values();
  printWorlds(first);
  printResult({
    bench: "monitoring",
    hospitals: seeds.length,
    ...Object.fromEntries(
      [...results].map(([judge, result]) => [
        judge,
        Object.fromEntries(
          [...result].map(([world, { budgets }]) => [
            world,
            budgets.map(({ budget, alone, together, right }) => ({
              questions: budget,
              alone: alone.share,
              together: together.share,
              right: right.share,
            })),
          ]),
        ),
      ]),
    ),
  });
  // What is planted must be what it says it is.
  if ([...first.values()].some(({ snoopingExplained }) => snoopingExplained > 0)) process.exitCode = 1;
}

if (values.print) for (const world of worlds.values()) print(world);
else measure();
