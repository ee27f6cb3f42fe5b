import { ScopewardenError } from "../../kernel/errors.ts";
import { actTime } from "../actTime.ts";
import { exportBeginLine, exportEndLine, exportLine } from "../exportLine.ts";
import { isActKind } from "../kinds.ts";
import type { StoredAct } from "../tree/leafEntry.ts";
import type { Digest } from "../tree/recordHash.ts";
import type { PlacedLeaf, RecordStore } from "../tree/store.ts";
import type { ArchiveAct } from "./archiveAct.ts";
import { monthOf } from "./months.ts";
import { beginOf, checkpointsWithin, headsOver } from "./spanProofs.ts";
import type { ReadStoredActs } from "./store.ts";

/** What is in an archive, beside its file. */
export interface ArchivedMonth
  extends Pick<
    ArchiveAct,
    "counts" | "first" | "firstLeaf" | "from" | "lastLeaf" | "month" | "root" | "size" | "until"
  > {
  /** Of the last act of the directory in it; null: there is none. */
  readonly directoryRevision: number | null;
}

interface Deps {
  readonly acts: ReadStoredActs;
  readonly record: Pick<RecordStore, "checkpointFrom" | "checkpointUpTo" | "hashesOf" | "keys" | "leavesBetween">;
}

/** Acts that are read at once. */
const PAGE = 200;
const NO_LEAF = "An act is not in the tree of the record as it stands: see scopewarden record verify.";

/** The month of an act; of one that does not say when it was, the month that it stands in. */
const monthOfAct = (act: StoredAct, otherwise: string): string => {
  const { kind, record } = act;
  return (isActKind(kind) ? monthOf(actTime({ kind, record })) : null) ?? otherwise;
};

/** The month with which what comes after a position begins; null: nothing does, or nothing says when it was. */
export async function nextMonth(acts: ReadStoredActs, after: number): Promise<string | null> {
  for (let place = after; ; ) {
    const { acts: page } = await acts({ after: place, until: Number.MAX_SAFE_INTEGER, first: PAGE, kinds: null });
    for (const act of page) {
      const month = monthOfAct(act, "");
      if (month !== "") return month;
    }
    const last = page.at(-1);
    if (last === undefined) return null;
    place = last.position;
  }
}

/** The acts after a position up to the first one that was later than a month, each with its leaf. */
async function* actsOfMonth(
  { acts, record }: Deps,
  { after, month }: { readonly after: number; readonly month: string },
): AsyncGenerator<readonly { readonly act: StoredAct; readonly leaf: PlacedLeaf }[]> {
  for (let place = after; ; ) {
    const { acts: page } = await acts({ after: place, until: Number.MAX_SAFE_INTEGER, first: PAGE, kinds: null });
    const end = page.findIndex((act) => monthOfAct(act, month) > month);
    const own = end < 0 ? page : page.slice(0, end);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return;
    const leaves = new Map(
      (await record.leavesBetween(first.position, last.position)).map((leaf) => [leaf.position, leaf]),
    );
    yield own.map((act) => {
      const leaf = leaves.get(act.position);
      if (leaf === undefined) throw new ScopewardenError("INTERNAL", NO_LEAF);
      return { act, leaf };
    });
    if (end >= 0) return;
    place = last.position;
  }
}

const revisionOf = ({ kind, record }: StoredAct): number | null =>
  kind === "DIRECTORY" ? (JSON.parse(record) as { readonly revision: number }).revision : null;

/**
 * The lines of the archive of a month, in parts: all acts after a position up to the first one of a later month, with what proves them
 * by themselves. The same again has the same lines. Answers with what is in it.
 * @throws ScopewardenError CONFLICT where no checkpoint speaks for all of it; INTERNAL where it is not in the tree
 */
export async function* monthLines(
  deps: Deps,
  { after, month }: { readonly after: number; readonly month: string },
): AsyncGenerator<readonly string[], ArchivedMonth> {
  const counts: Record<string, number> = {};
  let begin: { readonly act: StoredAct; readonly leaf: PlacedLeaf } | null = null;
  let last: { readonly position: number; readonly digest: Digest; readonly index: number } | null = null;
  let directoryRevision: number | null = null;
  for await (const part of actsOfMonth(deps, { after, month })) {
    if (begin === null) {
      begin = part[0] ?? null;
      yield [exportBeginLine(await beginOf(deps.record, begin?.leaf.index ?? 0, month))];
    }
    for (const { act, leaf } of part) {
      if (last !== null && leaf.index !== last.index + 1) throw new ScopewardenError("INTERNAL", NO_LEAF);
      counts[act.kind] = (counts[act.kind] ?? 0) + 1;
      directoryRevision = revisionOf(act) ?? directoryRevision;
      last = leaf;
    }
    yield part.map(({ act, leaf }) => exportLine({ act, leaf }));
  }
  if (begin === null || last === null)
    throw new ScopewardenError("NOT_FOUND", `There is no act of ${month} in the database.`);
  const { digest: firstLeaf, index: first, position: from } = begin.leaf;
  const size = last.index + 1;
  const heads = await headsOver(deps.record, size);
  const checkpoints = await checkpointsWithin(deps.record, { first, size });
  yield [exportEndLine({ checkpoints, heads, part: null, size })];
  const [root = ""] = await deps.record.hashesOf([{ from: 0, to: size }]);
  const { digest: lastLeaf, position: until } = last;
  return { counts, directoryRevision, first, firstLeaf, from, lastLeaf, month, root, size, until };
}
