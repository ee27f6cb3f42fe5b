/**
 * What one decision costs in-process, by the number of rules; plain Casbin and Cedar beside it. Each engine and size
 * has a process of its own, as a service has: so the larger heap, its garbage collection and its cache misses are paid
 * by the larger policy alone. They take turns in short slices, A B C A B C, and medians over the rounds are compared,
 * so that a machine that is busy for a while slows all of them.
 */
import { startWorker } from "../lib/processes.ts";
import { inRounds } from "../lib/rounds.ts";
import { median, round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import type { Contestant } from "./contestants.ts";
import type { Ready, Slice, SliceResult } from "./worker.ts";

const ROUNDS = 11;
/** How long one slice may take, about. */
const SLICE_MS = 250;
/** How many different requests there are, and that many are asked before measuring. */
const DISTINCT = 4_000;
const MOST_MS_WARMING = 3_000;

interface Entry {
  readonly engine: Contestant;
  readonly rules: number;
  readonly wildcardEvery: number;
}
const few = (engine: Contestant, ...sizes: readonly number[]): Entry[] =>
  sizes.map((rules) => ({ engine, rules, wildcardEvery: 2_000 }));
const many = (...sizes: readonly number[]): Entry[] =>
  sizes.map((rules) => ({ engine: "scopewarden", rules, wildcardEvery: 10 }));
const entries: readonly Entry[] = [
  ...few("scopewarden", 1_000, 10_000, 100_000, 1_000_000),
  ...many(1_000, 100_000, 1_000_000),
  ...few("casbin", 100, 1_000, 10_000),
  ...few("cedar", 10, 100, 1_000, 10_000),
];

const LABELS = { scopewarden: "Scopewarden", casbin: "node-casbin, plain", cedar: "Cedar (wasm)" };
const labelOf = ({ engine, wildcardEvery }: Entry): string =>
  `${LABELS[engine]}${wildcardEvery === 10 ? ", 10% wildcards" : ""}`;

/** Plain Casbin and Cedar scan: at 10,000 rules they take tens of milliseconds, and get fewer requests. */
const distinctFor = ({ engine, rules }: Entry): number =>
  engine === "scopewarden" ? DISTINCT : Math.max(100, Math.min(DISTINCT, Math.floor((MOST_MS_WARMING * 400) / rules)));

async function start(entry: Entry) {
  const distinct = distinctFor(entry);
  const args = [entry.engine, entry.rules, entry.wildcardEvery, distinct].map(String);
  const worker = await startWorker<Slice, Ready | SliceResult>(new URL("worker.ts", import.meta.url), args);
  const ready = worker.ready as Ready;
  const share = ready.allowed.filter(Boolean).length / ready.allowed.length;
  say(
    `${labelOf(entry)}, ${entry.rules} rules: loaded in ${Math.round(ready.loadMs)} ms, ${Math.round(share * 100)}% allowed`,
  );
  if (share < 0.4 || share > 0.6)
    throw new Error(`${Math.round(share * 100)}% of the requests are allowed: no fair mix`);
  const requests = Math.max(20, Math.min(4_000, Math.floor((SLICE_MS * 1000) / ready.firstP50)));
  const slices: SliceResult[] = [];
  return {
    ...entry,
    ready,
    share,
    slices,
    close: () => worker.close(),
    async slice() {
      slices.push((await worker.ask({ requests })) as SliceResult);
    },
  };
}
type Running = Awaited<ReturnType<typeof start>>;

/** The engines answer the same questions about the same policy: they must agree. */
function requireAgreement(running: readonly Running[]): number {
  let compared = 0;
  for (const peer of running.filter(({ engine }) => engine !== "scopewarden")) {
    const own = running.find(
      (r) => r.engine === "scopewarden" && r.rules === peer.rules && r.wildcardEvery === peer.wildcardEvery,
    );
    for (const [i, allowed] of peer.ready.allowed.entries()) {
      if (own === undefined) break;
      // Requests come from one generator, in order: the shorter list is the beginning of the longer.
      if (allowed !== own.ready.allowed[i]) throw new Error(`${labelOf(peer)} at ${peer.rules}: request ${i} differs`);
      compared++;
    }
  }
  return compared;
}

const running: Running[] = [];
try {
  // Loading a million rules takes one core a while; two at a time.
  const waiting = entries.map((entry, i) => ({ entry, i })).reverse();
  const started: Running[] = [];
  const load = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const contestant = await start(next.entry);
      running.push(contestant);
      started[next.i] = contestant;
    }
  };
  await Promise.all([load(), load()]);
  running.splice(0, running.length, ...started);
  const compared = requireAgreement(running);
  const rounds = await inRounds(ROUNDS, async () => {
    for (const contestant of running) await contestant.slice();
  });
  const p50Of = (r: Running): number => median(r.slices.map(({ p50 }) => p50));
  const p99Of = (r: Running): number => median(r.slices.map(({ p99 }) => p99));
  const find = (engine: Contestant, rules: number, wildcardEvery = 2_000): Running => {
    const found = running.find((r) => r.engine === engine && r.rules === rules && r.wildcardEvery === wildcardEvery);
    if (found === undefined) throw new Error(`${engine} was not measured at ${rules}`);
    return found;
  };
  const p50 = (engine: Contestant, rules: number, wildcardEvery?: number): number =>
    p50Of(find(engine, rules, wildcardEvery));
  /** Pairs of slices of the same round, so that what slows the machine slows both. */
  const growth = (wildcardEvery?: number): number => {
    const small = find("scopewarden", 1_000, wildcardEvery).slices;
    return median(
      find("scopewarden", 1_000_000, wildcardEvery).slices.map((s, i) => s.p50 / (small[i]?.p50 ?? Number.NaN)),
    );
  };
  const bySize = (rows: readonly Running[], read: (r: Running) => number): Record<string, number> =>
    Object.fromEntries(rows.map((r) => [r.rules, round(read(r))]));
  const group = (engine: Contestant, wildcardEvery = 2_000): Running[] =>
    running.filter((r) => r.engine === engine && r.wildcardEvery === wildcardEvery);

  printTable(
    `One decision, in microseconds (${rounds} rounds; ${compared} answers of the peers compared with ours: equal)`,
    ["engine", "rules", "p50", "p99", "p50 first time", "load ms", "process MB"],
    running.map((r) => [
      labelOf(r),
      r.rules,
      round(p50Of(r)),
      round(p99Of(r)),
      round(r.ready.firstP50),
      Math.round(r.ready.loadMs),
      Math.round(r.ready.rssMb),
    ]),
  );
  printResult({
    bench: "engine",
    p50_us: bySize(group("scopewarden"), p50Of),
    growth: round(growth()),
    speedup_vs_casbin_10000: round(p50("casbin", 10_000) / p50("scopewarden", 10_000)),
    speedup_vs_cedar_10000: round(p50("cedar", 10_000) / p50("scopewarden", 10_000)),
    p99_us: bySize(group("scopewarden"), p99Of),
    first_time_p50_us: bySize(group("scopewarden"), (r) => r.ready.firstP50),
    allowed: bySize(group("scopewarden"), (r) => r.share),
    wildcards_p50_us: bySize(group("scopewarden", 10), p50Of),
    wildcards_p99_us: bySize(group("scopewarden", 10), p99Of),
    wildcards_growth: round(growth(10)),
    casbin_p50_us: bySize(group("casbin"), p50Of),
    cedar_p50_us: bySize(group("cedar"), p50Of),
  });
} finally {
  await Promise.all(running.map((contestant) => contestant.close()));
}
