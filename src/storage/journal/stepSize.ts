/** How long the rows of one step may take: an append that comes meanwhile waits for it. */
export const STEP_MS = 5;
const FIRST = 4;
const FEWEST = 16;
const MOST = 10_000;

export interface StepSize {
  /** Rows for the next step. */
  readonly rows: number;
  /** Learns what a step took. */
  took(rows: number, ms: number): void;
}

/**
 * Sizes steps by time: as many rows as take about 5 ms beyond what any step takes (its statements' way there and back,
 * the disk), which steps of few rows tell. Grows at most twofold a step, and shrinks at once.
 */
export function createStepSize(): StepSize {
  let rows = FIRST;
  let fixedMs = Number.POSITIVE_INFINITY;
  return {
    get rows() {
      return rows;
    },
    took(done, ms) {
      const few = done * 8 <= rows;
      fixedMs = few && fixedMs !== Number.POSITIVE_INFINITY ? fixedMs * 0.8 + ms * 0.2 : Math.min(fixedMs, ms);
      if (few) return;
      const fitting = (STEP_MS * done) / Math.max(ms - fixedMs, 0.01);
      rows = Math.floor(Math.min(Math.max(fitting, FEWEST), rows * 2, MOST));
    },
  };
}
