import { setImmediate as nextTurn } from "node:timers/promises";
import type { Breathe } from "../../domain/kernel/ports.ts";

/** How long work goes on at a time. A decision takes some five turns of the event loop, and may meet it in each. */
const TURN_MS = 1;

/**
 * What follows the journal in one thread: while a step of one follower has its turn of the writer, for which decisions wait, the others'
 * work stands still. Else it would be done between any two of the step's statements, and the turn be many times as long.
 */
export interface StepsWriting {
  /** The time in which a step has its turn. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
  /** For work that nobody waits for, to be asked between any two small pieces of it. */
  besideThem(): Breathe;
}

export function createStepsWriting(now: () => number = () => performance.now()): StepsWriting {
  let writing = 0;
  const waiting: (() => void)[] = [];
  const over = (): void => {
    writing--;
    if (writing > 0) return;
    for (const go of waiting.splice(0)) go();
  };
  return {
    during(work) {
      writing++;
      return work().finally(over);
    },
    besideThem() {
      let since = now();
      return async () => {
        if (writing === 0 && now() - since < TURN_MS) return;
        await nextTurn();
        while (writing > 0) await new Promise<void>((go) => waiting.push(go));
        since = now();
      };
    },
  };
}

/** Within a step's own turn: only that others have turns of the event loop. */
export const withinStep = (): Breathe => createStepsWriting().besideThem();
