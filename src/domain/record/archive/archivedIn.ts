import { monthOf } from "./months.ts";
import type { Archive, ArchiveStore } from "./store.ts";

/** From a time on, until before another, in milliseconds since 1970; absent or null: without an end there. */
export interface ArchiveWindow {
  readonly from?: number | null | undefined;
  readonly to?: number | null | undefined;
}

/** The months in archives that a window reaches into, the oldest first: what was then is not in the database. Rejects with JOURNAL_UNAVAILABLE. */
export type ArchivedIn = (window: ArchiveWindow) => Promise<readonly Archive[]>;

const monthAt = (time: number | null | undefined, otherwise: string): string =>
  (time === null || time === undefined ? null : monthOf(time)) ?? otherwise;

export const createArchivedIn =
  ({ archives }: Pick<ArchiveStore, "archives">): ArchivedIn =>
  async ({ from, to }) => {
    const [first, last] = [monthAt(from, ""), monthAt(to === null || to === undefined ? to : to - 1, "~")];
    return (await archives()).filter(({ month }) => first <= month && month <= last);
  };

/** When an id of this service was made, in milliseconds since 1970 (UUID version 7, RFC 9562); null: it does not say. */
function timeOfId(id: string): number | null {
  const [, high = "", low = ""] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(id) ?? [];
  return high === "" ? null : Number.parseInt(high + low, 16);
}

/** The archive in which an act of this id is, if it was made: its id says when. Null: it would be in the database. */
export async function archiveOfId(archivedIn: ArchivedIn, id: string): Promise<Archive | null> {
  const time = timeOfId(id);
  return time === null ? null : ((await archivedIn({ from: time, to: time + 1 }))[0] ?? null);
}
