import { codeOf } from "../baselines/distinct.ts";
import { countSeen, lastSeenCode, partedAt, type Seen, withAll, withSeenCode } from "../baselines/seen.ts";
import { DAY_MS, dayOf } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";

/** The engine of novelty: values that an entity has not had for long. */
export type Known = {
  /** The day on which the entity was first seen. */
  readonly since: number;
  readonly seen: Seen;
  /** New values, told or not, with the day on which they came: not usual yet. */
  readonly fresh: Seen;
  /** The last day, days on which it was seen, and how many new values it had that are older than a week. */
  readonly day: number;
  readonly days: number;
  readonly learnt: number;
};

/** A value that is compared. */
export interface Value {
  /** What tells it from all others of the entity. */
  readonly key: string;
  /** For how many days it is remembered. */
  readonly days: number;
}

/** What is younger is no surprise when it is new: a client, a grant, a role. */
const YOUNG_DAYS = 7;
/** A new value is told once, and is usual so many days later: by then people have seen it. */
const QUARANTINE_DAYS = 7;
const MOST_DAYS = 200;
const MOST_FRESH = 8;
const MOST_BITS = 8;

/** Whether what an access rests on was made so lately that new values mean little. */
export const isFreshlyWidened = ({ at, widened }: WatchedDecision): boolean =>
  widened !== undefined && widened !== null && at - widened.at < YOUNG_DAYS * DAY_MS;

export interface Novelty {
  readonly known: Known;
  /** Values that are new, each told once. */
  readonly news: readonly Value[];
  /** The entity, or what the access rests on, is so young that its news are for information. */
  readonly isYoung: boolean;
  /** How surprising a new value is, from 0 to 1: by how seldom the entity has one. */
  readonly surprise: number;
  /** Every how many days it has a new one. */
  readonly every: number;
}

/** With the days that are over: what was new a week ago is usual, and counts in how often there is something new. */
function onDay(known: Known, { day, most }: { readonly day: number; readonly most: number }): Known {
  if (day <= known.day) return known;
  const fade = known.days >= MOST_DAYS ? 0.5 : 1;
  const [usual, fresh] = partedAt(known.fresh, day - QUARANTINE_DAYS);
  return {
    ...known,
    day,
    fresh,
    seen: withAll(known.seen, usual, most),
    days: Math.floor(known.days * fade) + 1,
    learnt: Math.round(known.learnt * fade * 10) / 10 + countSeen(usual),
  };
}

/** What is new about a decision for an entity; at most `most` values are known of it, the latest. */
export function noveltyOf(
  {
    own,
    values,
    decision,
  }: { readonly own: Known | null; readonly values: readonly Value[]; readonly decision: WatchedDecision },
  most: number,
): Novelty {
  const today = dayOf(decision.at);
  const before = onDay(own ?? { since: today, seen: "", fresh: "", day: today, days: 1, learnt: 0 }, {
    day: today,
    most,
  });
  const day = before.day;
  const age = day - before.since;
  const news: Value[] = [];
  let { seen, fresh, learnt } = before;
  for (const value of values) {
    const code = codeOf(value.key);
    const last = lastSeenCode(seen, code);
    // Most have been there today.
    if (last === day) continue;
    const isUsual = last !== null && day - last <= value.days;
    if (!isUsual && lastSeenCode(fresh, code) !== null) continue;
    // In the first week all is learnt, and of the first day there is nothing before it.
    if (!isUsual && age > 0) news.push(value);
    if (isUsual || age < YOUNG_DAYS) seen = withSeenCode(seen, code, { day, most });
    else {
      if (countSeen(fresh) >= MOST_FRESH) learnt++;
      fresh = withSeenCode(fresh, code, { day, most: MOST_FRESH });
    }
  }
  const isSame = seen === before.seen && fresh === before.fresh;
  const rate = Math.min(1, (before.learnt + 0.5) / (before.days + 1));
  return {
    known: isSame ? before : { ...before, seen, fresh, learnt },
    news,
    isYoung: age < YOUNG_DAYS || isFreshlyWidened(decision),
    surprise: Math.min(MOST_BITS, -Math.log2(rate)) / MOST_BITS,
    every: 1 / rate,
  };
}
