import { answer } from "../lib/processes.ts";
import { quantile, sorted } from "../lib/stats.ts";
import { requestsFor, sizeOf } from "../policies.ts";
import { type Contestant, contestants } from "./contestants.ts";

/** One engine with one policy in a process of its own: what it says first, and then about each slice. */
export interface Ready {
  /** The answer to each of the requests. */
  readonly allowed: readonly boolean[];
  readonly loadMs: number;
  readonly rssMb: number;
  /** Microseconds when a request is made for the first time, and its rules are met for the first time. */
  readonly firstP50: number;
}
export interface Slice {
  /** How many requests to time. */
  readonly requests: number;
}
export interface SliceResult {
  readonly p50: number;
  readonly p99: number;
}

const [name, rules, wildcardEvery, distinct] = process.argv.slice(2);
const size = sizeOf(Number(rules), Number(wildcardEvery));
const requests = requestsFor(size, Number(distinct));
const started = performance.now();
const prepared = await contestants[name as Contestant](size, requests);
const loadMs = performance.now() - started;
const calls = requests.map(prepared);

const first: number[] = [];
const allowed = calls.map((call) => {
  const start = performance.now();
  const answered = call();
  first.push((performance.now() - start) * 1000);
  return answered;
});
// The compiler is warm after the first half.
const firstP50 = quantile(sorted(first.slice(first.length / 2)), 0.5);
const ready: Ready = { allowed, loadMs, rssMb: process.memoryUsage.rss() / 2 ** 20, firstP50 };

let at = 0;
answer<Slice, SliceResult>(ready, ({ requests: count }) => {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const call = calls[at++ % calls.length] ?? (() => true);
    const start = performance.now();
    call();
    times[i] = (performance.now() - start) * 1000;
  }
  times.sort();
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
});
