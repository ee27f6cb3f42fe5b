/** How long the rows of one step may take: an append that comes meanwhile waits for it. */
export const STEP_MS = 5;
/** The same of a short step, which does less for what any step takes; and of one that is a single call, which takes little besides its rows. */
export const SHORT_STEP_MS = 2;
export const SHORT_CALL_MS = 1;
const FIRST = 4;
/** Rows of one step, however long they take; and however short. */
export interface StepBounds {
  readonly fewest: number;
  readonly most: number;
}
const BOUNDS: StepBounds = { fewest: 16, most: 10_000 };

export interface StepSize {
  /** Rows for the next step. */
  readonly rows: number;
  /** The same, where the next step shall be short. */
  readonly fewRows: number;
  /** Learns what a step took. */
  took(rows: number, ms: number): void;
}

/**
 * Sizes steps by time: as many rows as take about 5 ms beyond what any step takes (its statements' way there and back,
 * the disk), which steps of few rows tell. Grows at most twofold a step, and shrinks at once.
 */
export function createStepSize({ fewest, most }: StepBounds = BOUNDS, shortMs = SHORT_STEP_MS): StepSize {
  let rows = FIRST;
  let fixedMs = Number.POSITIVE_INFINITY;
  return {
    get rows() {
      return rows;
    },
    get fewRows() {
      return Math.min(rows, Math.max(fewest, Math.ceil((rows * shortMs) / STEP_MS)));
    },
    took(done, ms) {
      const few = done * 8 <= rows;
      fixedMs = few && fixedMs !== Number.POSITIVE_INFINITY ? fixedMs * 0.8 + ms * 0.2 : Math.min(fixedMs, ms);
      if (few) return;
      const fitting = (STEP_MS * done) / Math.max(ms - fixedMs, 0.01);
      rows = Math.floor(Math.min(Math.max(fitting, fewest), rows * 2, most));
    },
  };
}
