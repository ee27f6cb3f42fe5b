import { quantile, round, sorted } from "../lib/stats.ts";

const RUNS = 20;
/** A question that takes long is asked less often, once at least. */
const MOST_MS = 3_000;

export interface Timed {
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
}

/** How long it takes, in milliseconds, asked again and again. */
export async function timed(ask: (run: number) => Promise<unknown>, mostMs = MOST_MS): Promise<Timed> {
  const times: number[] = [];
  const begun = performance.now();
  while (times.length < RUNS && (times.length === 0 || performance.now() - begun < mostMs)) {
    const since = performance.now();
    await ask(times.length);
    times.push(performance.now() - since);
  }
  const ascending = sorted(times);
  return { runs: times.length, p50: round(quantile(ascending, 0.5)), p95: round(quantile(ascending, 0.95)) };
}

/** Looks how long the event loop stands still: the longest turn since the last look, in milliseconds. */
export function watchLoop() {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  return {
    take(): number {
      const was = longest;
      longest = 0;
      last = performance.now();
      return round(was);
    },
    end: (): void => clearInterval(timer),
  };
}
