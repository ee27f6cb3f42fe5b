import { digitOf, valueAt } from "./distinct.ts";
import { hourOfWeek } from "./time.ts";

/**
 * In how many hours of the day somebody was active: 24 digits for Monday to Friday, 24 for the weekend (UTC), each 0 to 63. When
 * one is full all are halved, so that the latest months count most.
 */
export type Clock = string;
export const emptyClock: Clock = "0".repeat(48);
const FULL = 63;

const cellOf = (hour: number): number => {
  const ofWeek = hourOfWeek(hour);
  return (ofWeek >= 120 ? 24 : 0) + (ofWeek % 24);
};

/** With one more active hour; `hour` since 1970. */
export function withActive(clock: Clock, hour: number): Clock {
  const at = cellOf(hour);
  const count = valueAt(clock, at);
  if (count < FULL) return clock.slice(0, at) + digitOf(count + 1) + clock.slice(at + 1);
  const halved = Array.from({ length: clock.length }, (_, i) => digitOf(valueAt(clock, i) >> 1)).join("");
  return withActive(halved, hour);
}

/** Active hours in all. */
export function activeHours(clock: Clock): number {
  let sum = 0;
  for (let at = 0; at < clock.length; at++) sum += valueAt(clock, at);
  return sum;
}

/**
 * The share of active hours that fell into this one, the hour before or the one after (a clock that is set back is no new
 * habit), on the same kind of day.
 */
export function shareAt(clock: Clock, hour: number): number {
  const at = cellOf(hour);
  const [kind, of] = [at - (at % 24), at % 24];
  const near = valueAt(clock, kind + ((of + 23) % 24)) + valueAt(clock, at) + valueAt(clock, kind + ((of + 1) % 24));
  return near / Math.max(1, activeHours(clock));
}
