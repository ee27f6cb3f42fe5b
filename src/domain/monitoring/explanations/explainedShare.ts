import { readCountedWindow } from "../../audit/countedWindow.ts";
import type { StatsDimension } from "../../audit/decisionStats.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { isoTime } from "../../kernel/time.ts";
import { COUNTED_BY, NOT_TOLD, refuseFilter, type Stats, type StatsInput, type StatsRow } from "../stats/stats.ts";
import { EXPLANATION_KINDS, type ExplanationKind } from "./explanation.ts";
import type { ExplainedCount, ShareDimension, WatchedAccessStore } from "./store.ts";

const BY = { ORGANIZATION: true, CLIENT: true, ROLE: true, DAY: true } as const satisfies Record<ShareDimension, true>;
const isShareDimension = (by: StatsDimension): by is ShareDimension => Object.hasOwn(BY, by);
const MAX_DAYS = 400;
const MAX_ROWS = 1_000;

/** @throws ScopewardenError BAD_USER_INPUT */
function readInput(input: StatsInput, now: number) {
  const read = new Reader();
  const dimensions = input.by.filter(isShareDimension);
  if (input.by.length > 1 || dimensions.length < input.by.length)
    read.problem("by", `must be at most one of ${Object.keys(BY).join(", ")}, where EXPLAINED is counted`);
  refuseFilter(read, input);
  const window = readCountedWindow(read, input, { by: COUNTED_BY.EXPLAINED, now, maxDays: MAX_DAYS });
  read.check();
  return { ...window, by: dimensions[0] ?? null };
}

function rowOf(key: StatsRow["key"], counts: readonly ExplainedCount[]): StatsRow {
  const countOf = (kind: ExplanationKind | null): number =>
    counts.reduce((sum, each) => (each.kind === kind ? sum + each.count : sum), 0);
  const kinds = EXPLANATION_KINDS.map((kind) => ({ kind, count: countOf(kind) })).filter(({ count }) => count > 0);
  const part = kinds.reduce((sum, { count }) => sum + count, 0);
  const count = part + countOf(null);
  return { ...NOT_TOLD, key, count, part, share: part / count, kinds };
}

/**
 * The share of accesses that were explained when they were made, each patient of an access counting once, in the whole days (UTC) of a
 * window: the 1,000 groups with the most accesses, or days in their order.
 * @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE
 */
export async function explainedShare(
  { clock, watched }: { readonly watched: Pick<WatchedAccessStore, "counts">; readonly clock: Clock },
  input: StatsInput,
): Promise<Stats> {
  const { by, from, isWhole, to } = readInput(input, clock());
  const groups = new Map<string | null, ExplainedCount[]>();
  const { asOf, counts } = await watched.counts({ from, to, by });
  for (const count of counts) {
    const key = by === "DAY" ? isoTime(Number(count.key)) : count.key;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [count]);
    else group.push(count);
  }
  const rows = [...groups].map(([key, group]) => rowOf(by === null ? [] : [key], group));
  const inOrder = (a: StatsRow, b: StatsRow) => byText(a.key[0] ?? "", b.key[0] ?? "");
  rows.sort((a, b) => (by === "DAY" ? 0 : b.count - a.count) || inOrder(a, b));
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  return { from, to, asOf, total, complete: isWhole && rows.length <= MAX_ROWS, rows: rows.slice(0, MAX_ROWS) };
}
