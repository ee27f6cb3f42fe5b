import { readFileSync } from "node:fs";
import { quantile, round, sorted } from "../lib/stats.ts";

const RUNS = 20;
/** A question that takes long is asked less often, once at least. */
const MOST_MS = 3_000;

export interface Timed {
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "JOURNAL_UNAVAILABLE";

/** How long it takes, in milliseconds, asked again and again; what is refused is asked again, as callers do, until it is answered. */
export async function timed(ask: (run: number) => Promise<unknown>, mostMs = MOST_MS): Promise<Timed> {
  const times: number[] = [];
  const begun = performance.now();
  while (times.length < RUNS && (times.length === 0 || performance.now() - begun < mostMs)) {
    const since = performance.now();
    for (let answered = false; !answered; )
      answered = await ask(times.length).then(
        () => true,
        (error: unknown) => (isRefused(error) ? false : Promise.reject(error)),
      );
    times.push(performance.now() - since);
  }
  const ascending = sorted(times);
  return { runs: times.length, p50: round(quantile(ascending, 0.5)), p95: round(quantile(ascending, 0.95)) };
}

/** What the thread of the event loop has worked, in milliseconds; where only Linux tells, 0. */
function workedMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Looks how long the event loop stands still: the longest turn since the last look, in milliseconds, and the most that the loop worked in one.
 * Where others want the processor as well, the one is also how long these had it.
 */
export function watchLoop() {
  let [stallMs, turnMs] = [0, 0];
  let [last, lastWorked] = [performance.now(), workedMs()];
  const timer = setInterval(() => {
    const [now, worked] = [performance.now(), workedMs()];
    stallMs = Math.max(stallMs, now - last - 1);
    turnMs = Math.max(turnMs, worked - lastWorked);
    [last, lastWorked] = [now, worked];
  }, 1);
  return {
    take(): { readonly stallMs: number; readonly turnMs: number } {
      const was = { stallMs: round(stallMs), turnMs: round(turnMs) };
      [stallMs, turnMs] = [0, 0];
      [last, lastWorked] = [performance.now(), workedMs()];
      return was;
    },
    end: (): void => clearInterval(timer),
  };
}
