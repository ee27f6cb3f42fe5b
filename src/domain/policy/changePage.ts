import type { PageRequest } from "../kernel/pages.ts";
import type { RowChange } from "./types.ts";

/** Where a change stands among those of its revision. */
export const changeCursorOf = ({ noun, key }: Pick<RowChange, "noun" | "key">): string => `${noun} ${key}`;

/** The part of a list of changes that follows a cursor; one that is not in the list stands before its first. */
export function changesAfter(
  changes: readonly RowChange[],
  { after, first }: PageRequest<string>,
): readonly RowChange[] {
  const from = after === null ? 0 : changes.findIndex((change) => changeCursorOf(change) === after) + 1;
  return changes.slice(from, from + first);
}
