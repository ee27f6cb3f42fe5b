/** How long a decision waits for what is looked up for it. */
export const LOOKUP_MS = 2_000;

const TICKS = 10;

/** Somebody who waits, and how often the clock has ticked since. */
interface Waiting {
  ticks: number;
  readonly late: () => void;
}

/** One timer for all who wait for so long: every decision waits for something, and a timer of its own costs more than the look. */
class SharedClock {
  readonly #everyMs: number;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  enter(late: () => void): Waiting {
    const waiting = { ticks: 0, late };
    this.#waiting.add(waiting);
    this.#timer ??= setInterval(() => this.#tick(), this.#everyMs);
    return waiting;
  }

  leave(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    for (const waiting of this.#waiting) {
      waiting.ticks++;
      if (waiting.ticks < TICKS) continue;
      this.leave(waiting);
      waiting.late();
    }
  }
}

/** By how long is waited: a few lengths of time. */
const clocks = new Map<number, SharedClock>();

function clockFor(ms: number): SharedClock {
  let clock = clocks.get(ms);
  if (clock === undefined) {
    clock = new SharedClock(ms / TICKS);
    clocks.set(ms, clock);
  }
  return clock;
}

/**
 * What `work` answers, or an error when it takes longer, by up to a tenth of `ms` less: a database that is silent must not keep a caller.
 * The work itself goes on, and its answer is dropped. Time in which the event loop stood still counts as a tenth of `ms` at most, as the
 * database may have answered in it and nobody listened.
 */
export function answerWithin<T>(ms: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const clock = clockFor(ms);
    const waiting = clock.enter(() => reject(new Error(`the database did not answer within ${ms} ms`)));
    const refuse = (error: unknown): void => {
      clock.leave(waiting);
      reject(error);
    };
    try {
      work().then((answer) => {
        clock.leave(waiting);
        resolve(answer);
      }, refuse);
    } catch (error) {
      refuse(error);
    }
  });
}
