/**
 * Shares the time of the process among requests, by counting work and not by the clock: a unit is about what it takes to
 * look at one scope for one decision.
 */
export interface Turns {
  /** Asks to do so much work without a break. Null: at once; else it is done when this resolves, in a later turn. */
  take(work: number): Promise<void> | null;
}

/** For where nobody else waits. */
export const NO_TURNS: Turns = { take: () => null };
