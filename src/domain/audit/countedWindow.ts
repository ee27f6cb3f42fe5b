import type { Reader } from "../kernel/reader.ts";
import { DAY_MS } from "../policy/use.ts";

export const HOUR_MS = 3_600_000;
/** Where the hour of a time begins. */
export const wholeHour = (at: number): number => at - (at % HOUR_MS);

/** Times are milliseconds since 1970. `to` is not in it; absent: now. */
export interface AskedWindow {
  readonly from: number;
  readonly to?: number | null | undefined;
}

/** The window, until now where it says no end: what happens in this very millisecond is in it. */
export const untilNow = <Window extends AskedWindow>(asked: Window, now: number): Window & { readonly to: number } => ({
  ...asked,
  to: asked.to ?? now + 1,
});

const UNITS = { hour: HOUR_MS, day: DAY_MS } as const;

/**
 * What is counted of a window, by whole hours or days (UTC): one that ends in the running hour, or later, is counted until now, since
 * whoever asks until now has another clock. `isWhole`: all that was asked for, and no more. What is wrong is noted.
 */
export function readCountedWindow(
  read: Reader,
  asked: AskedWindow,
  {
    by,
    maxDays,
    maxOf = "",
    now,
  }: {
    readonly by: keyof typeof UNITS;
    readonly maxDays: number;
    /** Of what it is at most so many days, as the end of a sentence. */
    readonly maxOf?: string;
    readonly now: number;
  },
): { readonly from: number; readonly to: number; readonly isWhole: boolean } {
  const unit = UNITS[by];
  const { from, to } = untilNow(asked, now);
  const running = now - (now % HOUR_MS);
  const isRunning = to > running || to >= now;
  const begin = Math.ceil(from / unit) * unit;
  const begins = by === "hour" && isRunning ? Math.min(begin, running) : begin;
  const ends = isRunning ? now + 1 : Math.floor(to / unit) * unit;
  if (from >= (asked.to ?? Number.POSITIVE_INFINITY)) read.problem("to", "must be later than `from`");
  else if (from > now) read.problem("from", "must not be in the future");
  else if (begins >= ends)
    read.problem("to", `must leave a whole ${by} (UTC) after \`from\`: these are counted by the ${by}`);
  else if (ends - begins > maxDays * DAY_MS)
    read.problem("from", `must be at most ${maxDays} days before \`to\`${maxOf}`);
  return { from: begins, to: ends, isWhole: begins === from && (isRunning || ends === to) };
}
