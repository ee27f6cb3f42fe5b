import type { DecisionFilter } from "../decisions/types.ts";
import type { Clock } from "../kernel/ports.ts";
import { Reader } from "../kernel/reader.ts";
import { textProblem } from "../kernel/text.ts";
import { isoTime } from "../kernel/time.ts";
import { DAY_MS } from "../policy/use.ts";
import { purposeOf } from "../scopes/purposes.ts";
import { type AskedWindow, HOUR_MS, readCountedWindow } from "./countedWindow.ts";

/** By what decisions are counted: what they say, or the hour or the day (UTC) in which they were made. */
export type StatsDimension =
  | "OUTCOME"
  | "CLIENT"
  | "SCOPE"
  | "REASON"
  | "DECISIVE_REASON"
  | "RULE"
  | "RESOURCE_TYPE"
  | "PURPOSE"
  | "ORGANIZATION"
  | "CALLER"
  | "ROLE"
  | "HOUR"
  | "DAY";
type TimeDimension = Extract<StatsDimension, "HOUR" | "DAY">;
/** Accesses alone are counted by it: the measure EXPLAINED. */
type OtherDimension = Extract<StatsDimension, "ROLE">;
export type CountDimension = Exclude<StatsDimension, TimeDimension | OtherDimension>;

const isTime = (dimension: StatsDimension): dimension is TimeDimension => dimension === "HOUR" || dimension === "DAY";
const isOther = (dimension: StatsDimension): dimension is OtherDimension => dimension === "ROLE";

/** What counts can be narrowed by: the members of a filter of decisions that something is counted by. */
const FILTER_DIMENSIONS = {
  outcome: "OUTCOME",
  clientId: "CLIENT",
  scope: "SCOPE",
  reason: "REASON",
  decisiveReason: "DECISIVE_REASON",
  ruleId: "RULE",
  resourceType: "RESOURCE_TYPE",
  purposeOfUse: "PURPOSE",
  organization: "ORGANIZATION",
  callerId: "CALLER",
} as const satisfies { readonly [Name in keyof DecisionFilter]?: CountDimension };

/** What is counted. Times are milliseconds since 1970 and whole hours, `to` excluded. */
export interface CountQuery {
  readonly from: number;
  readonly to: number;
  readonly dimensions: readonly CountDimension[];
  readonly time: TimeDimension | null;
  /** How much earlier the window is with which each count is compared; null: with none. */
  readonly before: number | null;
  readonly filter: { readonly [Name in CountDimension]?: string };
  /** Rows at most, those with the most decisions. */
  readonly first: number;
}

/** `time` is where its hour or day begins; of `key`, null is a decision that says nothing there. */
export interface CountedRow {
  readonly time: number | null;
  readonly key: readonly (string | null)[];
  readonly count: number;
  readonly allowed: number;
  readonly previous: number;
}

/** Adds up counts that are kept by the hour and the day. Rejects with JOURNAL_UNAVAILABLE. */
export interface DecisionCounter {
  /** Those with the most decisions first, then by their key; all that was on record at `asOf` is counted. */
  count(query: CountQuery): Promise<{ readonly asOf: number; readonly rows: readonly CountedRow[] }>;
}

export interface DecisionStatsInput extends AskedWindow {
  readonly by: readonly StatsDimension[];
  readonly filter?: { readonly [Name in keyof DecisionFilter]?: DecisionFilter[Name] | null } | null;
}

interface DecisionStatsRow {
  /** A value for each dimension, in the order asked; hours and days as when they begin. Null: the decisions say nothing there. */
  readonly key: readonly (string | null)[];
  readonly count: number;
  readonly allowed: number;
  readonly denied: number;
  /** In the window of the same length before; null: it has no such hours or days. */
  readonly previous: number | null;
}

export interface DecisionStats {
  readonly from: number;
  readonly to: number;
  /** All that was on record at this time is counted. */
  readonly asOf: number;
  readonly total: number;
  /** False: it is not just the window that was asked for, as hours are whole, or it has more rows than these. */
  readonly complete: boolean;
  /** Those with the most decisions first; by the hour or the day, in its order. */
  readonly rows: readonly DecisionStatsRow[];
}

const MAX_ROWS = 1_000;
const MAX_DIMENSIONS = 2;
const MAX_DAYS = 400;
/** By the hour there are 24 rows a day. */
const MAX_DAYS_BY_HOUR = 31;

function readFilter(read: Reader, filter: DecisionStatsInput["filter"]): CountQuery["filter"] {
  const given: { [Name in CountDimension]?: string } = {};
  for (const [name, value] of Object.entries({ ...filter })) {
    if (value === null || value === undefined) continue;
    const path = `filter.${name}`;
    const dimension = Object.hasOwn(FILTER_DIMENSIONS, name)
      ? FILTER_DIMENSIONS[name as keyof typeof FILTER_DIMENSIONS]
      : null;
    if (dimension === null)
      read.problem(
        path,
        `is not counted by; use \`decisions\`, or narrow by ${Object.keys(FILTER_DIMENSIONS).join(", ")}`,
      );
    else if (read.expect(path, textProblem(String(value), 1024)))
      given[dimension] = dimension === "PURPOSE" ? purposeOf(String(value)) : String(value);
  }
  return given;
}

/** Dimensions beside the hour or the day. */
function readDimensions(read: Reader, by: readonly StatsDimension[]) {
  const times = by.filter(isTime);
  const dimensions = by.filter((each): each is CountDimension => !isTime(each) && !isOther(each));
  if (by.some(isOther)) read.problem("by", "must not have ROLE: decisions are not counted by it");
  if (new Set(by).size < by.length) read.problem("by", "must name each dimension once");
  else if (times.length > 1) read.problem("by", "must have HOUR or DAY, not both");
  else if (dimensions.length > MAX_DIMENSIONS)
    read.problem("by", `must have at most ${MAX_DIMENSIONS} dimensions beside HOUR or DAY`);
  return { dimensions, time: times[0] ?? null };
}

/** @throws ScopewardenError BAD_USER_INPUT */
function readStatsInput(input: DecisionStatsInput, now: number) {
  const read = new Reader();
  const { dimensions, time } = readDimensions(read, input.by);
  const filter = readFilter(read, input.filter);
  // A decision has several: rows of what others they have beside one are counts by both, which there are none of.
  for (const each of ["REASON", "RULE"] as const)
    if (filter[each] !== undefined && dimensions.includes(each))
      read.problem(`filter.${each === "RULE" ? "ruleId" : "reason"}`, `must be absent where \`by\` has ${each}`);
  const most = time === "HOUR" ? { maxDays: MAX_DAYS_BY_HOUR, maxOf: " by the HOUR" } : { maxDays: MAX_DAYS };
  const window = readCountedWindow(read, input, { by: "hour", now, ...most });
  read.check();
  return { ...window, to: Math.ceil(window.to / HOUR_MS) * HOUR_MS, dimensions, time, filter };
}

/** The values of a row in the order in which they were asked for. */
function keyIn(by: readonly StatsDimension[], { key, time }: CountedRow): readonly (string | null)[] {
  let next = 0;
  return by.map((each) => (isTime(each) ? (time === null ? null : isoTime(time)) : (key[next++] ?? null)));
}

/**
 * How many accesses were decided in a window, by up to two of what they say, and by the hour or the day; beside the window of the same
 * length before it. Tokens are not counted.
 * @throws ScopewardenError BAD_USER_INPUT for what is not counted, JOURNAL_UNAVAILABLE
 */
export async function decisionStats(
  { counter, clock }: { readonly counter: DecisionCounter; readonly clock: Clock },
  input: DecisionStatsInput,
): Promise<DecisionStats> {
  const { dimensions, filter, from, isWhole, time, to } = readStatsInput(input, clock());
  const length = to - from;
  // The days of the window before begin elsewhere unless it is made of whole days.
  const before = time === "DAY" && length % DAY_MS !== 0 ? null : length;
  const all = { from, to, dimensions: [], time: null, before: null, filter, first: 1 } as const;
  const sum = await counter.count(all);
  const { asOf, rows: found } = await counter.count({
    from,
    to,
    dimensions,
    time,
    before,
    filter,
    first: MAX_ROWS + 1,
  });
  const most = found.slice(0, MAX_ROWS);
  const inOrder = time === null ? most : [...most].sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
  const rows = inOrder.map((row) => ({
    key: keyIn(input.by, row),
    count: row.count,
    allowed: row.allowed,
    denied: row.count - row.allowed,
    previous: before === null ? null : row.previous,
  }));
  const total = sum.rows[0]?.count ?? 0;
  return { from, to, asOf: Math.min(sum.asOf, asOf), total, complete: isWhole && found.length <= MAX_ROWS, rows };
}
