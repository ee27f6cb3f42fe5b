import { setImmediate as nextTurn } from "node:timers/promises";
import type { Breathe } from "../../domain/kernel/ports.ts";

/** How long work goes on at a time. A decision takes some five turns of the event loop, and may meet it in each. */
const PIECE_MS = 1;

/** For work that others must not wait for, to be asked between any two small pieces of it: gives others a turn of the event loop. */
export function inPieces(now: () => number = () => performance.now()): Breathe {
  let since = now();
  return async () => {
    if (now() - since < PIECE_MS) return;
    await nextTurn();
    since = now();
  };
}
