import { performance } from "node:perf_hooks";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { Breathe } from "../domain/kernel/ports.ts";

/** How long work goes on without a break. */
const SLICE_MS = 1;
/** The longest that one part waits for decisions: under a load that never ends, what can wait still gets on. */
const PATIENCE_MS = 50;
/** The same where all parts together are short, and somebody waits for the last of them. */
export const BRIEF_PATIENCE_MS = 1;
/** Between two looks at whether decisions wait. */
const LOOK_EVERY_MS = 1;

/**
 * The gate that is passed between the parts of what can wait. Whoever has worked for a millisecond gives the event loop
 * back; while decisions are queued (`busy`) nobody passes, for at most `patienceMs` a part; and those who wait pass one at a time, a
 * turn of the event loop each, so that many of them hold up a decision no longer than one.
 */
export function createGiveWay({
  busy,
  patienceMs = PATIENCE_MS,
  now = () => performance.now(),
}: {
  readonly busy: () => boolean;
  /** Absent: 50 ms. */
  readonly patienceMs?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}): Breathe {
  const waiting: (() => void)[] = [];
  let sliceEnds = Number.NEGATIVE_INFINITY;
  let letting = false;

  async function letThrough(): Promise<void> {
    letting = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await nextTurn();
      for (const since = now(); busy() && now() - since < patienceMs; ) await delay(LOOK_EVERY_MS);
      sliceEnds = now() + SLICE_MS;
      next();
    }
    letting = false;
  }

  return () => {
    if (!letting && now() < sliceEnds) return Promise.resolve();
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (!letting) void letThrough();
    });
  };
}
