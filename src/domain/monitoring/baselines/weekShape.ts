import { hourOfWeek } from "./time.ts";

/** How many there usually are in each hour of the week, from Monday at 0:00 UTC: 168 means, learnt week by week. */
export type WeekShape = readonly number[];

const HOURS = 168;
/** Weeks that a mean remembers. */
const MEMORY = 6;
/** Beside an hour's own weeks, the same hour of other days weighs as much as this many weeks. */
const OTHER_DAYS_WEIGHT = 2;

/** Three digits are enough, and little space. */
export const brief = (value: number): number =>
  value < 10 ? Math.round(value * 100) / 100 : Number(value.toPrecision(3));

/** With hours from `from` on, of which the first had `counts[0]` and so on; `since` is the first hour that was ever learnt. */
export function withHours(
  shape: WeekShape,
  { since, from, counts }: { readonly since: number; readonly from: number; readonly counts: readonly number[] },
): WeekShape {
  const means = shape.length === HOURS ? [...shape] : new Array<number>(HOURS).fill(0);
  for (const [i, count] of counts.entries()) {
    const weeks = Math.floor((from + i - since) / HOURS);
    const at = hourOfWeek(from + i);
    const mean = means[at] ?? 0;
    means[at] = brief(mean + (count - mean) / Math.min(weeks + 1, MEMORY));
  }
  return means;
}

const isWeekend = (hour: number): boolean => hourOfWeek(hour) >= 120;

/** What is expected in an hour, by the same hour in other weeks and on other days of its kind; null: there was no such hour. */
export function expectedAt(
  shape: WeekShape,
  { since, hour }: { readonly since: number; readonly hour: number },
): number | null {
  let sum = 0;
  let days = 0;
  let anySum = 0;
  let anyDays = 0;
  for (let day = 1; day <= 7 && hour - 24 * day >= since; day++) {
    const other = hour - 24 * day;
    const mean = shape[hourOfWeek(other)] ?? 0;
    anySum += mean;
    anyDays++;
    if (isWeekend(other) !== isWeekend(hour)) continue;
    sum += mean;
    days++;
  }
  if (anyDays === 0) return null;
  const others = days > 0 ? sum / days : anySum / anyDays;
  const weeks = Math.min(MEMORY, Math.floor((hour - since) / HOURS));
  return ((shape[hourOfWeek(hour)] ?? 0) * weeks + others * OTHER_DAYS_WEIGHT) / (weeks + OTHER_DAYS_WEIGHT);
}
