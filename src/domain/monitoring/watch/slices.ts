import type { WatchedDecision } from "../watchedDecision.ts";

/** What a slice comes to at most, unless one decision does by itself: a few milliseconds of all detectors. */
export const SLICE_WORK = 200;

/** What watching a decision costs, in that of one that names one patient and few scopes. */
export const workOf = ({ patients, scopesAsked, scopesUsed }: WatchedDecision): number =>
  1 + patients.length + ((scopesAsked?.length ?? 0) + scopesUsed.length) / 10;

/** Parts decisions into slices that take about the same time, in their order: between two others have a turn. */
export function* slicesOf(
  decisions: readonly WatchedDecision[],
  sliceWork = SLICE_WORK,
): Generator<readonly WatchedDecision[]> {
  let begin = 0;
  let work = 0;
  for (const [i, decision] of decisions.entries()) {
    const more = workOf(decision);
    if (i > begin && work + more > sliceWork) {
      yield decisions.slice(begin, i);
      begin = i;
      work = 0;
    }
    work += more;
  }
  if (begin < decisions.length) yield decisions.slice(begin);
}
