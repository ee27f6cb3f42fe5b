const FIRST_MS = 5_000;
const FACTOR = 3;
const LONGEST_MS = 12 * 60 * 60 * 1000;

/**
 * How long to wait after so many failed attempts: 5 seconds after the first, three times as long after each further one, at most 12
 * hours; a quarter more or less by `chance` (from 0, below 1), so that what failed together is not tried again together.
 */
export function retryDelay(attempts: number, chance: number): number {
  const plain = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** (attempts - 1));
  return Math.round(plain * (0.75 + chance / 2));
}
