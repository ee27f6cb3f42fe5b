import { isoTime } from "../../kernel/time.ts";
import type { Validity } from "../../policy/types.ts";

/** Times that are looked at of one thing. */
const MOST_TIMES = 16;

/** Now, and the times after it at which a period begins or ends: between two of them nothing changes. */
export function changeTimes(
  now: number,
  periods: readonly Validity[],
): { readonly times: readonly number[]; readonly all: boolean } {
  const later = new Set<number>();
  for (const { validFrom, validUntil } of periods)
    for (const at of [validFrom, validUntil]) if (at !== null && at > now) later.add(at);
  const times = [now, ...[...later].sort((a, b) => a - b)];
  return { times: times.slice(0, MOST_TIMES), all: times.length <= MOST_TIMES };
}

/** ` from 2026-12-01T00:00:00.000Z` where that is later than the time of the facts, else nothing. */
export const sinceText = (at: number, { now }: { readonly now: number }): string =>
  at > now ? ` from ${isoTime(at)}` : "";
