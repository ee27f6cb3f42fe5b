/** Between two notes of how far the journal was. */
const NOTE_EVERY_MS = 100;
/** Notes that are kept: of a follower that can't go on for days, every so many of them are. */
const MOST_NOTES = 512;

/** Where the journal ended, and when that was first seen: by this it is known how long an act has waited to be taken. */
export interface JournalEnds {
  /** The journal ends here now, and what is up to `position` was taken, by whoever has the work: of that nothing is kept. */
  note(seen: { readonly end: number; readonly position: number }): void;
  /** Since when the oldest act after `position` is known to wait, as `now` tells the time; null: that is not known. */
  waitingSince(position: number): number | null;
  readonly notes: number;
}

export function createJournalEnds(now: () => number): JournalEnds {
  let ends: { readonly end: number; readonly at: number }[] = [];
  function forget(position: number): void {
    const left = ends.findIndex(({ end }) => end > position);
    if (left !== 0) ends = left === -1 ? [] : ends.slice(left);
  }
  return {
    note({ end, position }) {
      forget(position);
      const last = ends.at(-1);
      const at = now();
      if (end <= (last?.end ?? position) || (last !== undefined && at - last.at < NOTE_EVERY_MS)) return;
      ends.push({ end, at });
      // The oldest stays, by which lateness is told; of the others it is known a little less exactly.
      if (ends.length > MOST_NOTES) ends = ends.filter((_, i) => i % 2 === 0);
    },
    waitingSince(position) {
      forget(position);
      return ends[0]?.at ?? null;
    },
    get notes() {
      return ends.length;
    },
  };
}
