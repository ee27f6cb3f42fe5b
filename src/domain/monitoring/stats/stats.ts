import type { DecisionStatsInput } from "../../audit/decisionStats.ts";
import type { Reader } from "../../kernel/reader.ts";
import type { ExplanationKind } from "../explanations/explanation.ts";

/** What is counted, and whether by whole hours or whole days (UTC). */
export const COUNTED_BY = { DECISIONS: "hour", EXPLAINED: "day", BLIND_SPOTS: "day" } as const;
export type StatsMeasure = keyof typeof COUNTED_BY;

export interface StatsInput extends DecisionStatsInput {
  readonly measure: StatsMeasure;
}

export interface ExplainedKindCount {
  readonly kind: ExplanationKind;
  readonly count: number;
}

/** What only some measures tell is null, or empty, in the rows of the others. */
export interface StatsRow {
  /** A value for each dimension, in the order asked, times as RFC 3339 text; of BLIND_SPOTS its name. Null: nothing is said there. */
  readonly key: readonly (string | null)[];
  readonly count: number;
  /** Of DECISIONS. */
  readonly allowed: number | null;
  readonly denied: number | null;
  /** Of DECISIONS, in the window of the same length before; null: it has no such hours or days. */
  readonly previous: number | null;
  /** How many of `count` were explained, or are not seen; null of DECISIONS. */
  readonly part: number | null;
  /** From 0 to 1; null: of nothing, or of DECISIONS. */
  readonly share: number | null;
  /** Of EXPLAINED: by what, the strongest kind first. */
  readonly kinds: readonly ExplainedKindCount[];
  /** Of BLIND_SPOTS: the clients that are not seen, a hundred at most. */
  readonly clientIds: readonly string[];
}

/** What the rows of a measure do not tell. */
export const NOT_TOLD = {
  allowed: null,
  denied: null,
  previous: null,
  part: null,
  share: null,
  kinds: [],
  clientIds: [],
} as const satisfies Partial<StatsRow>;

/** Times are milliseconds since 1970. */
export interface Stats {
  readonly from: number;
  readonly to: number;
  /** All that was on record at this time is counted. */
  readonly asOf: number;
  /** Accesses in the window, each once; of EXPLAINED once for each patient. */
  readonly total: number;
  /** False: it is not just the window that was asked for, or it has more rows than these. */
  readonly complete: boolean;
  readonly rows: readonly StatsRow[];
}

/** Notes each member of a filter that is given to a measure which is not narrowed. */
export function refuseFilter(read: Reader, { filter, measure }: Pick<StatsInput, "filter" | "measure">): void {
  for (const [name, value] of Object.entries({ ...filter }))
    if (value !== null && value !== undefined)
      read.problem(`filter.${name}`, `must be absent: only DECISIONS are narrowed, not ${measure}`);
}
