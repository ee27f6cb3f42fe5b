import { setImmediate as nextTurn } from "node:timers/promises";
import type { Breathe } from "../../domain/kernel/ports.ts";

/** How long work goes on at a time. A decision takes some five turns of the event loop, and may meet it in each. */
const TURN_MS = 1;

/** For work that nobody waits for, to be asked between any two small pieces of it: others have a turn of the event loop where it is due. */
export function shortTurns(): Breathe {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await nextTurn();
    since = performance.now();
  };
}
