/**
 * How much of what goes wrong in a hospital is found, and how often nothing is wrong: synthetic hospitals of twelve weeks,
 * the last four scored, with incidents whose truth is known. `--seeds 5` takes the first five of twenty, `--from 101` begins
 * with another than the first, `--seed 7` takes one;
 * `--incidents file` plants what a file says (README.md); `--print` writes what is known and decided, without the truth.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { printResult, say } from "../lib/table.ts";
import { readIncidentFile } from "./incidents/incidentFile.ts";
import { createNaiveWatcher } from "./naiveWatcher.ts";
import { createPlainJudge } from "./plainJudge.ts";
import { hospitalWithStories, runHospital } from "./run.ts";
import { evaluate } from "./score/evaluation.ts";
import { printEvaluation, wanted } from "./score/print.ts";
import type { HospitalScore } from "./score/scorekeeper.ts";
import { createServiceJudge } from "./serviceJudge.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    incidents: { type: "string" },
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
/** npm runs this elsewhere than where it was called. */
const pathOf = (name: string): string => resolve(process.env.INIT_CWD ?? ".", name);
const file =
  values.incidents === undefined
    ? null
    : readIncidentFile(JSON.parse(await readFile(pathOf(values.incidents), "utf8")));

/** What is tried, by name. */
const JUDGES = { "the detectors": createServiceJudge, "plain rules": createPlainJudge };

function print(seed: number): void {
  for (const happening of hospitalWithStories(seed, file).happenings) {
    if (happening.kind !== "DECISION") {
      console.log(JSON.stringify(happening));
      continue;
    }
    const { label: _, ...decision } = happening.decision;
    console.log(JSON.stringify({ kind: "DECISION", decision }));
  }
}

function measure(): void {
  const names = Object.keys(JUDGES);
  const scores = names.map((): HospitalScore[] => []);
  for (const seed of seeds) {
    const before = process.cpuUsage().user;
    const judges = Object.values(JUDGES).map((create) => create());
    for (const [i, score] of runHospital(seed, file, { watcher: createNaiveWatcher(), judges }).entries())
      scores[i]?.push(score);
    say(`hospital ${seed}: ${((process.cpuUsage().user - before) / 1e6).toFixed(1)} s of the processor`);
  }
  const results = names.map((name, i) => [name, evaluate(scores[i] ?? [])] as const);
  for (const [name, result] of results) printEvaluation(name, result);
  printResult({
    bench: "monitoring",
    hospitals: seeds.length,
    ...Object.fromEntries(
      results.map(([name, result]) => [
        name,
        {
          decisions: result.decisions,
          accesses: result.accesses,
          ...Object.fromEntries(wanted(result).map(([what, value]) => [what, value])),
        },
      ]),
    ),
  });
  // What is planted must be what it says it is.
  if (results.some(([, { snoopingExplained }]) => snoopingExplained > 0)) process.exitCode = 1;
}

if (values.print) for (const seed of seeds) print(seed);
else measure();
