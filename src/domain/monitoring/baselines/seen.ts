import { codeOf, indexOfCode, threeDigits, valueAt } from "./distinct.ts";

/** Values with the day on which each was last seen, six characters each: a code of the value and the day. */
export type Seen = string;
const LENGTH = 6;

const dayAt = (seen: Seen, at: number): number =>
  (valueAt(seen, at + 3) << 12) | (valueAt(seen, at + 4) << 6) | valueAt(seen, at + 5);

/** The day on which a value was last seen; null: never, as far as this is known. */
export function lastSeen(seen: Seen, value: string): number | null {
  const at = indexOfCode(seen, codeOf(value), LENGTH);
  return at < 0 ? null : dayAt(seen, at);
}

/** How many values it holds that were seen on this day or later. */
export function seenSince(seen: Seen, day: number): number {
  let count = 0;
  for (let at = 0; at < seen.length; at += LENGTH) if (dayAt(seen, at) >= day) count++;
  return count;
}

/** With a value as seen on a day, unless it was seen later; where there are `most` others, without the one not seen for longest. */
export function withSeen(seen: Seen, value: string, { day, most }: { readonly day: number; readonly most: number }) {
  const code = codeOf(value);
  const at = indexOfCode(seen, code, LENGTH);
  if (at >= 0 && dayAt(seen, at) >= day) return seen;
  const item = code + threeDigits(day);
  if (at >= 0) return seen.slice(0, at) + item + seen.slice(at + LENGTH);
  if (seen.length < most * LENGTH) return seen + item;
  let oldest = 0;
  for (let other = LENGTH; other < seen.length; other += LENGTH)
    if (dayAt(seen, other) < dayAt(seen, oldest)) oldest = other;
  return seen.slice(0, oldest) + seen.slice(oldest + LENGTH) + item;
}
