import type { Turns } from "../domain/kernel/turns.ts";

/** Work of one turn of the event loop: some ten milliseconds of the dearest kind, hundreds of usual decisions. */
const WORK_PER_TURN = 256;
/** Work that goes ahead of what waits, where the turn has room: usual requests don't wait behind dear ones. */
const SMALL = 16;

interface Waiting {
  readonly work: number;
  readonly resolve: () => void;
}

/**
 * Shares the turns of the event loop among all requests of the process, by counting work: what a turn has no room for
 * waits for one of the next, first come, first served. However much one asks for at a time, one piece of it goes on in each.
 */
export function createTurns(
  nextTurn: (run: () => void) => unknown = setImmediate,
  workPerTurn = WORK_PER_TURN,
): Turns & { readonly waiting: number } {
  let waiting: Waiting[] = [];
  let spent = 0;
  let planned = false;

  function plan(): void {
    if (planned) return;
    planned = true;
    nextTurn(begin);
  }
  function begin(): void {
    planned = false;
    spent = 0;
    let taken = 0;
    for (const { work, resolve } of waiting) {
      if (taken > 0 && spent + work > workPerTurn) break;
      taken++;
      spent += work;
      resolve();
    }
    if (taken === 0) return;
    waiting = waiting.slice(taken);
    plan();
  }

  return {
    take(work) {
      const room = spent === 0 || spent + work <= workPerTurn;
      if (room && (waiting.length === 0 || work <= SMALL)) {
        spent += work;
        plan();
        return null;
      }
      plan();
      return new Promise((resolve) => {
        waiting.push({ work, resolve });
      });
    },
    get waiting() {
      return waiting.length;
    },
  };
}
