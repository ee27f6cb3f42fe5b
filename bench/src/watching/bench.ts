/**
 * What watching takes of `authorize`, and whether it keeps up: all detectors OFF and all ON take turns on one service with the demo
 * hospital, at 1,000 requests a second, and then at as many as it answers. Each begins when nothing follows any more, and every other round
 * begins with ON. At 1,000 a second a round takes long enough for the service's garbage collection to come in each. Ratios are the median of the rounds'; p99 is of all rounds together as well, since a tenth of one round's is noise. Then
 * what a decision takes of a back-test, by detector, and the memory of baselines.
 */
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import type { Load, LoadResult } from "../http/load.ts";
import * as questions from "../http/questions.ts";
import { followerLags, type Service, startService } from "../http/service.ts";
import { buildService } from "../lib/build.ts";
import { cpuTimeOf, startWorker } from "../lib/processes.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, quantile, round, sorted } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { measureBacktests } from "./backtests.ts";
import { measureMemory } from "./memory.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const PER_SECOND = 1_000;
/** What is collected in the whole heap comes about every 40 seconds, and takes some 60 milliseconds: a tenth of the p99 of a short round. */
const PACED_SECONDS = 8 * SECONDS;
const DECISIONS = Number(process.env.BENCH_DECISIONS ?? 50_000);
const CONFIGURE = "mutation ($input: ConfigureDetectorInput!) { configureDetector(input: $input) { mode } }";
type Mode = "OFF" | "ON";

async function setAll(service: Service, mode: Mode): Promise<void> {
  for (const { code } of DETECTORS) {
    const input = { detector: code, mode, reason: "The benchmark." };
    const response = await fetch(`http://127.0.0.1:${service.port}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${service.adminKey}` },
      body: JSON.stringify({ query: CONFIGURE, variables: { input } }),
    });
    const { errors } = (await response.json()) as { readonly errors?: unknown };
    if (errors !== undefined) throw new Error(`${code} can't be set: ${JSON.stringify(errors)}`);
  }
}

/** A load, what it took of the processor with all that follows, and how long what follows was behind when it ended. */
interface Measured {
  readonly load: LoadResult;
  readonly cpuUs: number | null;
  readonly behind: number;
  readonly behindMs: number;
}

async function measured(service: Service, load: () => Promise<LoadResult>): Promise<Measured> {
  const before = cpuTimeOf(service.pid);
  const result = await load();
  if (result.others > 0) throw new Error(`${result.others} answers are not as expected: ${result.sample}`);
  const since = performance.now();
  const behind = Math.max(...(await followerLags(service)));
  await service.followed();
  const behindMs = performance.now() - since;
  const after = cpuTimeOf(service.pid);
  return {
    load: result,
    cpuUs: before === null || after === null ? null : (after - before) / result.answered,
    behind,
    behindMs,
  };
}

type Pair = { readonly [M in Mode]: Measured };

buildService();
await withScratch(async (dir) => {
  const service = await startService({ name: "Scopewarden", dir: `${dir}/one` });
  const generator = await startWorker<Load, LoadResult>(new URL("../http/load.ts", import.meta.url), []);
  const paced: Pair[] = [];
  const whole: Pair[] = [];
  try {
    const headers = { authorization: `Bearer ${service.key}` };
    const single = { ports: [service.port], path: "/graphql", headers, bodies: questions.graphqlBodies() };
    const load = (rest: Pick<Load, "connections" | "requests" | "perSecond">): Promise<LoadResult> =>
      generator.ask({ ...single, expect: '{"data":{"authorize":{"id":"', ...rest });
    const { load: first } = await measured(service, () => load({ connections: 32, requests: 5_000 }));
    const full = Math.ceil((5_000 / first.seconds) * SECONDS);
    let order: readonly Mode[] = ["OFF", "ON"];
    const both = async (once: () => Promise<LoadResult>): Promise<Pair> => {
      const found: Partial<Record<Mode, Measured>> = {};
      for (const mode of order) {
        await setAll(service, mode);
        found[mode] = await measured(service, once);
      }
      return found as Pair;
    };
    const requests = PER_SECOND * PACED_SECONDS;
    await inRounds(ROUNDS, async () => {
      paced.push(await both(() => load({ connections: 64, requests, perSecond: PER_SECOND })));
      order = order.toReversed();
    });
    await inRounds(ROUNDS, async () => {
      whole.push(await both(() => load({ connections: 32, requests: full })));
      order = order.toReversed();
    });
  } finally {
    await generator.close();
    await service.close();
  }
  const of = (pairs: readonly Pair[], value: (one: Measured) => number | null): readonly [number, number, number] => {
    const [off, on] = (["OFF", "ON"] as const).map((mode) =>
      median(pairs.map((pair) => value(pair[mode]) ?? Number.NaN)),
    );
    return [
      round(off ?? 0),
      round(on ?? 0),
      round(median(pairs.map(({ OFF, ON }) => (value(ON) ?? 0) / (value(OFF) ?? 0)))),
    ];
  };
  const ofAll = (mode: Mode): number => quantile(sorted(paced.flatMap((pair) => pair[mode].load.timesMs)), 0.99);
  const [off, on] = [ofAll("OFF"), ofAll("ON")];
  const figures = {
    "at 1,000/s: p99 of all rounds, ms": [round(off), round(on), round(on / off)] as const,
    "at 1,000/s: p50, ms": of(paced, ({ load }) => load.p50Ms),
    "at 1,000/s: p99, ms": of(paced, ({ load }) => load.p99Ms),
    "at 1,000/s: processor, us a decision, followers included": of(paced, ({ cpuUs }) => cpuUs),
    "at 1,000/s: decisions behind at the end": of(paced, ({ behind }) => behind),
    "at 1,000/s: until nothing was behind, ms": of(paced, ({ behindMs }) => behindMs),
    "at its fullest: decisions a second": of(whole, ({ load }) => load.answered / load.seconds),
    "at its fullest: p99, ms": of(whole, ({ load }) => load.p99Ms),
    "at its fullest: decisions behind at the end": of(whole, ({ behind }) => behind),
    "at its fullest: until nothing was behind, ms": of(whole, ({ behindMs }) => behindMs),
  };
  printTable(
    "authorize with all detectors OFF and ON",
    ["", "OFF", "ON", "ratio"],
    Object.entries(figures).map(([name, values]) => [name, ...values]),
  );
  say(`back-tests of ${DECISIONS} decisions`);
  const backtests = await measureBacktests(`${dir}/two.db`, DECISIONS);
  printTable(
    `back-tests of ${DECISIONS.toLocaleString("en-US")} decisions, microseconds a decision, the dearest first`,
    ["detector", "alone", "with the reading", "as a job"],
    backtests
      .toSorted((a, b) => b.apart - a.apart)
      .map(({ apart, detector, looked, whole: all }) => [detector, round(looked), round(all), round(apart)]),
  );
  const memory = measureMemory({ clients: 10_000, subjects: 100_000 });
  printTable(
    "baselines of 10,000 clients and 100,000 people, all detectors",
    ["", "baselines", "bytes each", "most bytes", "MB"],
    memory.map(({ bytes, count, kind, most }) => [kind, count, round(bytes / count), most, round(bytes / 1e6)]),
  );
  printResult({ bench: "watching", ...figures, backtests, memory });
});
