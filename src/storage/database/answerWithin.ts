/** How long a decision waits for what is looked up for it. */
export const LOOKUP_MS = 2_000;

const TICKS = 10;

/**
 * What `work` answers, or an error when it takes longer: a database that is silent must not keep a caller. The work itself
 * goes on, and its answer is dropped. Time in which the event loop stood still counts as a tenth of `ms` at most, as the
 * database may have answered in it and nobody listened.
 */
export async function answerWithin<T>(ms: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let ticks = 0;
  const late = new Promise<never>((_, reject) => {
    const tick = (): void => {
      ticks++;
      if (ticks >= TICKS) reject(new Error(`the database did not answer within ${ms} ms`));
    };
    timer = setInterval(tick, ms / TICKS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearInterval(timer);
  }
}
