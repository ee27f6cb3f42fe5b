import { codeOf, indexOfCode, threeDigits, valueAt } from "./distinct.ts";

/** Values with the day on which each was last seen, six characters each: a code of the value and the day. */
export type Seen = string;
const LENGTH = 6;

const dayAt = (seen: Seen, at: number): number =>
  (valueAt(seen, at + 3) << 12) | (valueAt(seen, at + 4) << 6) | valueAt(seen, at + 5);

/** The day on which a value was last seen; null: never, as far as this is known. */
export const lastSeen = (seen: Seen, value: string): number | null => lastSeenCode(seen, codeOf(value));

/** The same of the code of a value. */
export function lastSeenCode(seen: Seen, code: string): number | null {
  const at = indexOfCode(seen, code, LENGTH);
  return at < 0 ? null : dayAt(seen, at);
}

/** Those that were seen last on this day or before, and the others. */
export function partedAt(seen: Seen, day: number): readonly [before: Seen, after: Seen] {
  let [before, after] = ["", ""];
  for (let at = 0; at < seen.length; at += LENGTH) {
    const item = seen.slice(at, at + LENGTH);
    if (dayAt(seen, at) <= day) before += item;
    else after += item;
  }
  return [before, after];
}

/** How many there are. */
export const countSeen = (seen: Seen): number => seen.length / LENGTH;

type Place = { readonly day: number; readonly most: number };

/** With a value as seen on a day, unless it was seen later; where there are `most` others, without the one not seen for longest. */
export const withSeen = (seen: Seen, value: string, place: Place): Seen => withSeenCode(seen, codeOf(value), place);

/** The same with the code of a value. */
export function withSeenCode(seen: Seen, code: string, { day, most }: Place): Seen {
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

/** With all that others hold, each as seen on its day. */
export function withAll(seen: Seen, others: Seen, most: number): Seen {
  let all = seen;
  for (let at = 0; at < others.length; at += LENGTH)
    all = withSeenCode(all, others.slice(at, at + 3), { day: dayAt(others, at), most });
  return all;
}
