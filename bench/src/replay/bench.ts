/**
 * How many past decisions a replay makes again in a second, and what it takes of `authorize` beside it: at 1,000 requests a
 * second the 99th percentile, and at as many as the service answers the rate. The service is started as for `http`, with the
 * demo hospital; with and without a replay take turns, and ratios are of the same round.
 */
import type { Load, LoadResult } from "../http/load.ts";
import * as questions from "../http/questions.ts";
import { type Service, startService } from "../http/service.ts";
import { buildService } from "../lib/build.ts";
import { cpuTimeOf, startWorker } from "../lib/processes.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";

const DECISIONS = Number(process.env.BENCH_DECISIONS ?? 300_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const PER_SECOND = 1_000;
const SECONDS = 3;
const OPERATIONS = [{ deleteRule: { id: "lab-tech-view-labs" } }];

interface Job {
  readonly id: string;
  readonly state: string;
  readonly read: number;
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly replay: { readonly read: number; readonly same: number; readonly allowToDeny: number } | null;
}
const JOB = "id state read reason startedAt endedAt replay { read same allowToDeny }";

async function ask(service: Service, query: string, variables: object): Promise<Job> {
  const response = await fetch(`http://127.0.0.1:${service.port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${service.adminKey}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Record<string, Job>; errors?: unknown };
  const [job] = Object.values(data ?? {});
  if (job === undefined) throw new Error(`no replay: ${JSON.stringify(errors)}`);
  return job;
}
const start = (service: Service, filter: object = {}): Promise<Job> =>
  ask(service, `mutation ($input: ReplayInput!) { startReplay(input: $input) { ${JOB} } }`, {
    input: { operations: OPERATIONS, filter },
  });
const look = (service: Service, { id }: Job): Promise<Job> =>
  ask(service, `query ($id: ID!) { job(id: $id) { ${JOB} } }`, { id });
const cancel = (service: Service, { id }: Job): Promise<Job> =>
  ask(service, `mutation ($id: ID!) { cancelJob(id: $id) { ${JOB} } }`, { id });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function ended(service: Service, started: Job): Promise<Job> {
  for (let job = started; ; job = await look(service, job)) {
    if (job.state === "FAILED") throw new Error(`the replay failed: ${job.reason}`);
    if (job.endedAt !== null) return job;
    await pause(100);
  }
}

/** A replay waits until all can be searched, also where the machine is too busy for what can wait; this one reads none. */
const indexed = async (service: Service): Promise<Job> =>
  ended(service, await start(service, { to: "1970-01-02T00:00:00Z" }));

/** Decisions made again in a second of a replay that has the machine for itself; and the processor's microseconds for each. */
async function alone(service: Service): Promise<{ readonly perSecond: number; readonly cpuUs: number | null }> {
  const before = cpuTimeOf(service.pid);
  const job = await ended(service, await start(service));
  const after = cpuTimeOf(service.pid);
  const { read, same, allowToDeny } = job.replay ?? { read: 0, same: 0, allowToDeny: 0 };
  if (read < DECISIONS || allowToDeny === 0 || same + allowToDeny !== read) throw new Error(JSON.stringify(job));
  const seconds = (Date.parse(job.endedAt ?? "") - Date.parse(job.startedAt ?? "")) / 1000;
  return { perSecond: read / seconds, cpuUs: before === null || after === null ? null : (after - before) / read };
}

buildService();
await withScratch(async (dir) => {
  const service = await startService({ name: "Scopewarden", dir: `${dir}/one` });
  const generator = await startWorker<Load, LoadResult>(new URL("../http/load.ts", import.meta.url), []);
  try {
    const headers = { authorization: `Bearer ${service.key}` };
    const base = { ports: [service.port], path: "/graphql", headers };
    const single = { ...base, bodies: questions.graphqlBodies(), expect: '{"data":{"authorize":{"id":"' };
    const batch = { ...base, bodies: questions.graphqlBatchBodies(), expect: '{"data":{"authorizeBatch":[{"id":"' };
    async function load(what: Load): Promise<LoadResult> {
      const result = await generator.ask(what);
      if (result.others > 0) throw new Error(`${result.others} answers are not as expected: ${result.sample}`);
      await indexed(service);
      return result;
    }
    say(`recording ${DECISIONS} decisions`);
    await load({ ...batch, connections: 8, requests: Math.ceil(DECISIONS / questions.BATCH) });
    await load({ ...single, connections: 32, requests: 5_000 });
    // Its thread starts, and reads the policy.
    await alone(service);
    const { seconds } = await load({ ...single, connections: 32, requests: 5_000 });
    const full = Math.ceil((5_000 / seconds) * SECONDS);

    /** The load beside a replay, and how many decisions that made again in a second meanwhile. */
    async function beside(what: Load): Promise<{ readonly load: LoadResult; readonly replayed: number }> {
      const job = await start(service);
      for (let now = job; now.read === 0 && now.endedAt === null; now = await look(service, job)) await pause(20);
      const [before, since] = [await look(service, job), performance.now()];
      const result = await load(what);
      const after = await look(service, job);
      const replayed = ((after.read - before.read) * 1000) / (performance.now() - since);
      if (after.state !== "RUNNING") say("the replay ended before the load: its rate counts for less than it is");
      await cancel(service, job);
      return { load: result, replayed };
    }
    const paced: Load = { ...single, connections: 64, requests: PER_SECOND * SECONDS, perSecond: PER_SECOND };
    const whole: Load = { ...single, connections: 32, requests: full };
    const rates: number[] = [];
    const cpus: number[] = [];
    const p99s: { readonly without: number; readonly with: number }[] = [];
    const fulls: { readonly without: number; readonly with: number }[] = [];
    const slowed: { readonly paced: number; readonly full: number }[] = [];
    await inRounds(ROUNDS, async () => {
      const one = await alone(service);
      rates.push(one.perSecond);
      if (one.cpuUs !== null) cpus.push(one.cpuUs);
      const quiet = await load(paced);
      const busy = await beside(paced);
      p99s.push({ without: quiet.p99Ms, with: busy.load.p99Ms });
      const most = await load(whole);
      const less = await beside(whole);
      fulls.push({ without: full / most.seconds, with: full / less.load.seconds });
      slowed.push({ paced: busy.replayed, full: less.replayed });
    });
    const ratio = (pairs: readonly { readonly without: number; readonly with: number }[]): number =>
      round(median(pairs.map((pair) => pair.with / pair.without)));
    const of = (values: readonly number[]): number => round(median(values));
    const result = {
      decisions: DECISIONS,
      replayed_per_second: of(rates),
      cpu_us_a_decision: cpus.length === 0 ? null : of(cpus),
      beside_1000: {
        p99_ms_without: of(p99s.map((pair) => pair.without)),
        p99_ms_with: of(p99s.map((pair) => pair.with)),
        ratio: ratio(p99s),
        replayed_per_second: of(slowed.map(({ paced }) => paced)),
      },
      beside_full: {
        per_second_without: of(fulls.map((pair) => pair.without)),
        per_second_with: of(fulls.map((pair) => pair.with)),
        ratio: ratio(fulls),
        replayed_per_second: of(slowed.map(({ full }) => full)),
      },
    };
    printTable(
      `a replay of ${DECISIONS.toLocaleString("en-US")} decisions`,
      ["", ""],
      [
        ["decisions made again a second, alone", result.replayed_per_second],
        ["  processor, us a decision", result.cpu_us_a_decision],
        ["authorize at 1,000/s: p99 without, ms", result.beside_1000.p99_ms_without],
        ["  with a replay beside it", result.beside_1000.p99_ms_with],
        ["  ratio", result.beside_1000.ratio],
        ["  decisions made again a second meanwhile", result.beside_1000.replayed_per_second],
        ["authorize at its fullest: a second without", result.beside_full.per_second_without],
        ["  with a replay beside it", result.beside_full.per_second_with],
        ["  ratio", result.beside_full.ratio],
        ["  decisions made again a second meanwhile", result.beside_full.replayed_per_second],
      ],
    );
    printResult({ bench: "replay", ...result });
  } finally {
    await generator.close();
    await service.close();
  }
});
