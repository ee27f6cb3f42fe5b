import { type AskedWindow, readCountedWindow } from "../../audit/countedWindow.ts";
import type { StatsDimension } from "../../audit/decisionStats.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { isoTime } from "../../kernel/time.ts";
import { EXPLANATION_KINDS, type ExplanationKind } from "./explanation.ts";
import type { ExplainedCount, ShareDimension, WatchedAccessStore } from "./store.ts";

export interface ExplainedShareInput extends AskedWindow {
  readonly by?: StatsDimension | null | undefined;
}

export interface ExplainedKindCount {
  readonly kind: ExplanationKind;
  readonly count: number;
}

/** How many of some accesses were explained when they were made, each patient of an access counting once. */
export interface ExplainedShareRow {
  /** Null where the accesses say nothing there, or nothing was asked; a day as the time at which it begins. */
  readonly key: string | null;
  readonly accesses: number;
  readonly explained: number;
  /** From 0 to 1. */
  readonly share: number;
  /** By what, the strongest kind first. */
  readonly kinds: readonly ExplainedKindCount[];
}

const BY = { ORGANIZATION: true, CLIENT: true, ROLE: true, DAY: true } as const satisfies Record<ShareDimension, true>;
const isShareDimension = (by: StatsDimension): by is ShareDimension => Object.hasOwn(BY, by);
const MAX_DAYS = 400;
const MAX_ROWS = 1_000;

/** @throws ScopewardenError BAD_USER_INPUT */
function readInput({ by = null, ...asked }: ExplainedShareInput, now: number) {
  const read = new Reader();
  const dimension = by === null ? null : isShareDimension(by) ? by : undefined;
  if (dimension === undefined) read.problem("by", `must be one of ${Object.keys(BY).join(", ")}`);
  const { from, to } = readCountedWindow(read, asked, { by: "day", now, maxDays: MAX_DAYS, path: "" });
  read.check();
  return { by: dimension ?? null, from, to };
}

function rowOf(key: string | null, counts: readonly ExplainedCount[]): ExplainedShareRow {
  const countOf = (kind: ExplanationKind | null): number =>
    counts.reduce((sum, each) => (each.kind === kind ? sum + each.count : sum), 0);
  const kinds = EXPLANATION_KINDS.map((kind) => ({ kind, count: countOf(kind) })).filter(({ count }) => count > 0);
  const explained = kinds.reduce((sum, { count }) => sum + count, 0);
  const accesses = explained + countOf(null);
  return { key, accesses, explained, share: explained / accesses, kinds };
}

/**
 * The share of accesses that were explained when they were made, in the whole days (UTC) of a window: the 1,000 groups with the most
 * accesses, or days in their order. Empty: there were none.
 * @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE
 */
export async function explainedShare(
  { clock, watched }: { readonly watched: Pick<WatchedAccessStore, "counts">; readonly clock: Clock },
  input: ExplainedShareInput,
): Promise<readonly ExplainedShareRow[]> {
  const { by, ...window } = readInput(input, clock());
  const groups = new Map<string | null, ExplainedCount[]>();
  for (const count of await watched.counts({ ...window, by })) {
    const key = by === "DAY" ? isoTime(Number(count.key)) : count.key;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [count]);
    else group.push(count);
  }
  const rows = [...groups].map(([key, counts]) => rowOf(key, counts));
  const inOrder = (a: ExplainedShareRow, b: ExplainedShareRow) => byText(a.key ?? "", b.key ?? "");
  return rows.sort((a, b) => (by === "DAY" ? 0 : b.accesses - a.accesses) || inOrder(a, b)).slice(0, MAX_ROWS);
}
