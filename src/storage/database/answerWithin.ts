/** How long a decision waits for what is looked up for it. */
export const LOOKUP_MS = 2_000;

/**
 * What `work` answers, or an error when it takes longer: a database that is silent must not keep a caller. The work itself
 * goes on, and its answer is dropped.
 */
export async function answerWithin<T>(ms: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the database did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
