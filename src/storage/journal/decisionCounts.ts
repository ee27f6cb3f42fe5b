import type { CountDimension, CountedRow, DecisionCounter } from "../../domain/audit/decisionStats.ts";
import { withoutConstraint } from "../../domain/scopes/withoutConstraint.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { isStorable } from "../database/text.ts";
import { DECISION_PLACES } from "./rollup/dimensions.ts";
import { partsOf, rowsOf, startOf } from "./rollup/rollupSums.ts";

/** Of these a decision has several, and counts once for each. */
const LISTS = ["REASON", "RULE"] as const satisfies readonly CountDimension[];
const isList = (dimension: CountDimension): dimension is (typeof LISTS)[number] =>
  LISTS.some((list) => list === dimension);

/** Counts as they are kept, one statement a question: what is in a window and, under the same keys, in the one before. */
export function createDecisionCounter(deps: {
  readonly rows: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
  readonly asOf: () => Promise<number>;
}): DecisionCounter {
  const { dialect } = deps;
  const { each, firstOf, member } = jsonRows(dialect);
  const fail = (error: unknown) =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The counts of decisions can't be read.", error));
  // The decisive reason is the first of them (search/indexedDecision.ts).
  const memberOf = (dimension: CountDimension): string =>
    dimension === "DECISIVE_REASON"
      ? firstOf('k."key"', DECISION_PLACES.REASON)
      : member('k."key"', DECISION_PLACES[dimension]);
  const valuesOf = (dimension: (typeof LISTS)[number]): string =>
    each('k."key"', DECISION_PLACES[dimension], dimension.toLowerCase());

  return {
    async count({ dimensions, filter, first, before, ...window }) {
      const asOf = await deps.asOf().catch(fail);
      const narrowed = Object.entries(filter) as readonly (readonly [CountDimension, string])[];
      if (!narrowed.every(([, value]) => isStorable(value))) return { asOf, rows: [] };
      const { time } = window;
      const parts = (before === null ? [0] : [0, before]).flatMap((shift) =>
        partsOf({ from: window.from - shift, to: window.to - shift }, { byHour: time === "HOUR" }).map((part) => {
          const at = time === null ? "0" : `${startOf(part, time)} + ${shift}`;
          return rowsOf("DECISION", part, `${at} AS "at", ${shift} AS "shift", `);
        }),
      );
      const conditions = narrowed.map(([dimension]) =>
        isList(dimension)
          ? `EXISTS (SELECT 1 FROM ${valuesOf(dimension)} WHERE "value" = ?)`
          : `${memberOf(dimension)} = ?`,
      );
      const parameters = narrowed.map(([dimension, value]) =>
        dimension === "SCOPE" ? withoutConstraint(value) : value,
      );
      // One that says nothing there stands first, on both databases.
      const names = dimensions.map((each) =>
        isList(each) ? `${each.toLowerCase()}."value"` : `COALESCE(${memberOf(each)}, '')`,
      );
      const now = `CASE WHEN s."shift" = 0 THEN s."n" ELSE 0 END`;
      const columns = ['s."at"', ...names].map((c, i) => `${c} AS "c${i}"`).join(", ");
      const places = ["", ...names].map((_, i) => `${i + 1}`).join(", ");
      const sql = `SELECT ${columns}, SUM(${now}) AS "count",
          SUM(CASE WHEN ${memberOf("OUTCOME")} = 'ALLOW' THEN ${now} ELSE 0 END) AS "allowed", SUM(s."n" - ${now}) AS "previous"
        FROM (SELECT "at", "shift", "key", SUM("n") AS "n" FROM (${parts.join(" UNION ALL ")}) AS p GROUP BY 1, 2, 3) AS s
          JOIN rollup_key AS k ON k."id" = s."key" ${dimensions
            .filter(isList)
            .map((list) => `CROSS JOIN ${valuesOf(list)}`)
            .join(" ")}
        WHERE ${["TRUE", ...conditions].join(" AND ")}
        GROUP BY ${places} ORDER BY "count" DESC, "previous" DESC, ${places} LIMIT ?`;
      const found = await deps.rows(withParameters(dialect, sql), [...parameters, first]).catch(fail);
      const rows = found.map(
        (row): CountedRow => ({
          time: time === null ? null : Number(row.c0),
          key: names.map((_, i) => (row[`c${i + 1}`] === "" ? null : String(row[`c${i + 1}`]))),
          count: Number(row.count),
          allowed: Number(row.allowed),
          previous: Number(row.previous),
        }),
      );
      return { asOf, rows };
    },
  };
}
