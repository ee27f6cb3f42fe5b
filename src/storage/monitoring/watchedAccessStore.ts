import type { DataSource } from "typeorm";
import type { ExplanationKind } from "../../domain/monitoring/explanations/explanation.ts";
import type { WatchedAccessStore } from "../../domain/monitoring/explanations/store.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { isStorable } from "../database/text.ts";
import type { AsOf } from "../journal/asOf.ts";
import { EVER_PLACES, EXPLAINED_PLACES } from "../journal/rollup/dimensions.ts";
import { countsIn, daysOf, EVER, startOf } from "../journal/rollup/rollupSums.ts";
import { WATCHED_COLUMNS, watchedAccessOf } from "./watchedAccessTables.ts";

const textOf = (value: unknown): string | null => (value === null ? null : String(value));

/** Reads what `watching` has written. */
export function createWatchedAccessStore({
  dialect,
  lists,
  lookups,
  asOf,
  untilWatched,
}: {
  readonly lookups: DataSource;
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly asOf: AsOf;
  /** Ends when all that is on record is explained and counted. */
  readonly untilWatched: () => Promise<void>;
}): WatchedAccessStore {
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The explanations of accesses can't be read.", error));
  const rows = (source: DataSource, sql: string, parameters: readonly unknown[] = []): Promise<readonly RawRow[]> =>
    source.query<RawRow[]>(withParameters(dialect, sql), [...parameters]).catch(fail);

  const memberOf = (place: number): string => jsonRows(dialect).member('k."key"', place);

  return {
    async ofDecision(decisionId) {
      if (!isStorable(decisionId)) return [];
      await untilWatched().catch(fail);
      const sql = `SELECT ${WATCHED_COLUMNS} FROM journal AS j JOIN watched_access AS w ON w."position" = j."seq"
        WHERE j."kind" = 'DECISION' AND j."id" = ? ORDER BY w."patient"`;
      return (await rows(lookups, sql, [decisionId])).map(watchedAccessOf);
    },
    async ofAccesses(patient, positions) {
      if (positions.length === 0 || !isStorable(patient)) return new Map();
      await untilWatched().catch(fail);
      const marks = positions.map(() => "?").join(", ");
      const sql = `SELECT ${WATCHED_COLUMNS} FROM watched_access AS w WHERE w."patient" = ? AND w."position" IN (${marks})`;
      const found = (await rows(lists, sql, [patient, ...positions])).map(watchedAccessOf);
      return new Map(found.map(({ explanation, position }) => [position, explanation]));
    },
    async counts({ by, from, to }) {
      const countedTo = await asOf().catch(fail);
      const days = daysOf({ from, to });
      const key = by === "DAY" ? 's."at"' : by === null ? "NULL" : memberOf(EXPLAINED_PLACES[by]);
      const sql = `SELECT ${key} AS "of", ${memberOf(EXPLAINED_PLACES.KIND)} AS "kind", SUM(s."n") AS "count"
        FROM ${countsIn("EXPLAINED", days, `${startOf(days, "DAY")} AS "at", `)}
        GROUP BY 1, 2 ORDER BY 1, 2`;
      const counts = (await rows(lists, sql)).map((row) => ({
        key: textOf(row.of),
        kind: textOf(row.kind) as ExplanationKind | null,
        count: Number(row.count),
      }));
      return { asOf: countedTo, counts };
    },
    async totals() {
      const { EXPLAINED, ORGANIZATION, ROLE } = EVER_PLACES;
      const sql = `SELECT ${memberOf(ORGANIZATION)} AS "organization", ${memberOf(ROLE)} AS "role", ${memberOf(EXPLAINED)} AS "explained", s."n"
        FROM ${countsIn("EXPLAINED_EVER", EVER)}`;
      const found = await answerWithin(LOOKUP_MS, () => rows(lookups, sql)).catch(fail);
      return found.map((row) => ({
        organization: textOf(row.organization),
        role: textOf(row.role),
        explained: row.explained !== null,
        count: Number(row.n),
      }));
    },
    async directoryTimes(revisions) {
      if (revisions.length === 0) return new Map();
      const marks = revisions.map(() => "?").join(", ");
      const sql = `SELECT "revision", "committed_at" FROM directory_revision WHERE "revision" IN (${marks})`;
      const found = await rows(lookups, sql, revisions);
      return new Map(found.map((row) => [Number(row.revision), Number(row.committed_at)]));
    },
  };
}
