import { actTime } from "../../record/actTime.ts";
import type { StoredActReader } from "./store.ts";

/** From a time on, and before another, in milliseconds since 1970; null: without that end. */
export interface TimeWindow {
  readonly from: number | null;
  readonly to: number | null;
}

export const isInWindow = (time: number, { from, to }: TimeWindow): boolean =>
  (from === null || time >= from) && (to === null || time < to);

/**
 * How far two acts may stand in another order than their times say. Acts are in the order in which they were put on record, and have the
 * time of the clock of who decided: twice the most by which such a clock may be wrong.
 */
const DISORDER_MS = 24 * 60 * 60 * 1000;

/**
 * Between which positions all acts of a window stand, as long as no clock was wrong by more than half of `DISORDER_MS`; others may stand
 * there too. Costs some tens of reads of one act, however long the record is.
 */
export async function positionsOf(
  { from, to }: TimeWindow,
  { end, stored }: { readonly end: number; readonly stored: StoredActReader },
): Promise<{ readonly after: number; readonly until: number }> {
  /** A position of which the act is before that time, and the next one is not; 0: the first is not. */
  async function lastBefore(time: number): Promise<number> {
    let [low, high] = [0, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [act] = (await stored.acts({ after: middle, until: high, first: 1, kinds: null })).acts;
      if (act !== undefined && actTime(act) < time) low = act.position;
      else high = middle;
    }
    return low;
  }
  const after = from === null ? 0 : await lastBefore(from - DISORDER_MS);
  const until = to === null ? end : await lastBefore(to + DISORDER_MS);
  return { after, until: Math.max(after, until) };
}
