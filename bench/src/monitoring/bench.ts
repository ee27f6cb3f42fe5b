/**
 * How much of what goes wrong in a hospital is found by people who have time for so many questions a week: synthetic hospitals of twelve weeks in
 * several worlds, the last four weeks scored, with incidents whose truth is known. `--seeds 5` takes the first five of twenty in each world (left out:
 * three), `--from 101` begins with another than the first, `--seed 7` takes one; `--worlds easy,harder` takes these;
 * `--incidents file` plants what a file says (README.md), `--incidents blind` what nothing is tuned on; `--print` writes what is known and decided,
 * without the truth.
 */
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { printResult, say } from "../lib/table.ts";
import { WORLDS, type World, type WorldName } from "./hospital/world.ts";
import type { HospitalDone, HospitalJob } from "./hospitalProcess.ts";
import { readIncidentFile } from "./incidents/incidentFile.ts";
import { hospitalWithStories, type IncidentSet } from "./run.ts";
import { type Evaluation, evaluate } from "./score/evaluation.ts";
import { printEvaluations, printWorlds } from "./score/print.ts";
import type { HospitalScore } from "./score/scorekeeper.ts";

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
const names = Object.keys(WORLDS) as WorldName[];
const worlds = new Map(
  (values.worlds?.split(",") ?? names).map((asked): [WorldName, World] => {
    const name = names.find((one) => one === asked);
    if (name === undefined) throw new Error(`--worlds: there is no ${asked}; there are ${names.join(", ")}`);
    return [name, WORLDS[name]];
  }),
);
/** npm runs this elsewhere than where it was called. */
const pathOf = (name: string): string => resolve(process.env.INIT_CWD ?? ".", name);
const set: IncidentSet =
  values.incidents === "standard" || values.incidents === "blind"
    ? values.incidents
    : readIncidentFile(JSON.parse(await readFile(pathOf(values.incidents), "utf8")));

const inProcess = (job: HospitalJob): Promise<HospitalDone> =>
  new Promise((done, failed) => {
    const child = fork(new URL("./hospitalProcess.ts", import.meta.url), { serialization: "advanced" });
    child.once("message", (message) => done(message as HospitalDone));
    child.once("exit", (code) => failed(new Error(`hospital ${job.seed} of ${job.world} ended with ${code}`)));
    child.send(job);
  });

/** As many at a time as there are cores, in this order. */
async function runAll(jobs: readonly HospitalJob[]): Promise<HospitalDone[]> {
  const results: HospitalDone[] = [];
  const left = [...jobs.entries()];
  async function work(): Promise<void> {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [i, job] = next;
      const done = await inProcess(job);
      results[i] = done;
      say(`${job.world}, hospital ${job.seed}: ${done.cpuSeconds.toFixed(1)} s of the processor`);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

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

async function measure(): Promise<void> {
  const jobs = [...worlds.keys()].flatMap((world) => seeds.map((seed): HospitalJob => ({ seed, world, set })));
  const done = await runAll(jobs);
  const results = new Map<string, Map<string, Evaluation>>();
  for (const judge of Object.keys(done[0]?.scores ?? {})) {
    const ofWorld = (world: string): HospitalScore[] =>
      done.flatMap(({ scores }, i) => (jobs[i]?.world === world && scores[judge] ? [scores[judge]] : []));
    results.set(judge, new Map([...worlds.keys()].map((world) => [world, evaluate(ofWorld(world))])));
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
else await measure();
