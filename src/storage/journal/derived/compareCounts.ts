import { isoTime } from "../../../domain/kernel/time.ts";
import type { Dialect } from "../../database/dialect.ts";
import type { RawSqlite } from "../../database/file/rawSqlite.ts";
import { additionsOf } from "../rollup/additions.ts";
import { keyDigest, rollupStatements } from "../rollup/addToRollup.ts";
import { DIMENSIONS, type DimensionName, GRAINS } from "../rollup/dimensions.ts";
import type { IndexedDecision } from "../search/indexedDecision.ts";
import type { DerivedDifference } from "./difference.ts";

/** What is counted of decisions themselves. Explanations need more than the record: they are not counted anew. */
const COUNTED = ["DECISION", "USE", "BLIND"] as const satisfies readonly DimensionName[];
const IDS = COUNTED.map((name) => DIMENSIONS[name].id).join(", ");
const { BLIND, USE } = DIMENSIONS;
const KEYS_AT_ONCE = 2_000;

const lengthOf = Object.values(GRAINS)
  .filter(({ ms }) => Number.isFinite(ms))
  .map(({ id, ms }) => `WHEN ${id} THEN ${ms}`)
  .join(" ");
/** Where a bucket begins, in milliseconds; that which has all begins before all. */
const BEGINS = `CASE "grain" ${lengthOf} ELSE 0 END * "bucket"`;

const NAME_OF: ReadonlyMap<number, string> = new Map(Object.entries(DIMENSIONS).map(([name, { id }]) => [id, name]));
const timeText = (ms: number): string => (Math.abs(ms) <= 8_640_000_000_000_000 ? isoTime(ms) : "no time");
const bucketText = (grain: number, begins: number): string =>
  grain === GRAINS.EVER.id ? "of all" : `${grain === GRAINS.DAY.id ? "of the day" : "of the hour"} ${timeText(begins)}`;

/** Counts decisions anew, as their follower does, beside a copy of what it has counted. */
export function createCounts({
  archivedBefore,
  dialect,
  on,
}: {
  readonly on: RawSqlite;
  /** SQLite's. */
  readonly dialect: Dialect;
  /** All that has left for archives was before this time; null: nothing has. What lies before it can have been counted besides. */
  readonly archivedBefore: number | null;
}) {
  const archived = archivedBefore ?? Number.MIN_SAFE_INTEGER;
  const isOpen = `(${archivedBefore !== null} AND (${BEGINS} < ${archived} OR "grain" = ${GRAINS.EVER.id}))`;

  return {
    async begin(): Promise<void> {
      await on.all(`CREATE TABLE erased_in ("grain", "bucket", "n", PRIMARY KEY ("grain", "bucket"))`);
      // Keys that began with what has left can't begin again: of these the copy is believed.
      if (archivedBefore !== null)
        await on.all(
          `INSERT INTO rollup_key ("dimension", "day", "digest", "key", "last_at")
            SELECT "dimension", "day", "digest", "key", CASE "dimension" WHEN ${USE.id} THEN 0 END FROM kept_rollup_key
            WHERE "dimension" IN (${IDS}) AND "day" * ${GRAINS.DAY.ms} < ${archived}`,
        );
    },
    async add(decisions: readonly IndexedDecision[]): Promise<void> {
      const select = (sql: string, parameters: readonly unknown[]) => on.all(sql, parameters);
      for (const [sql, parameters] of await rollupStatements({ dialect, select }, additionsOf(decisions)))
        await on.all(sql, parameters);
      const erased = decisions.filter((decision) => decision.erased && decision.kind === "ACCESS");
      for (const { decidedAt } of erased)
        for (const { id, ms } of [GRAINS.DAY, GRAINS.EVER])
          await on.all(
            `INSERT INTO erased_in VALUES (?, ?, 1) ON CONFLICT ("grain", "bucket") DO UPDATE SET "n" = "n" + 1`,
            [id, Math.floor(decidedAt / ms)],
          );
    },
    async differences(): Promise<readonly DerivedDifference[]> {
      return [...(await counts()), ...(await keys())];
    },
  };

  /** Buckets in which something is counted otherwise. Of what was erased nobody knows how BLIND counted it: each may stand under another key. */
  async function counts(): Promise<readonly DerivedDifference[]> {
    const rows = await on.all(`WITH each AS (
        SELECT "dimension", "grain", "bucket", "digest", SUM("want") AS "want", SUM("have") AS "have" FROM (
          SELECT r."dimension", r."grain", r."bucket", k."digest", r."n" AS "want", 0 AS "have"
            FROM rollup AS r JOIN rollup_key AS k ON k."id" = r."key"
          UNION ALL
          SELECT s."dimension", s."grain", s."bucket", COALESCE(k."digest", s."key"), 0, s."n"
            FROM kept_rollup AS s LEFT JOIN kept_rollup_key AS k ON k."id" = s."key" AND k."dimension" = s."dimension"
            WHERE s."dimension" IN (${IDS}) OR k."id" IS NULL
        ) GROUP BY 1, 2, 3, 4),
      buckets AS (
        SELECT each."dimension", each."grain", each."bucket", SUM("want") AS "want", SUM("have") AS "have",
            SUM(MAX("want" - "have", 0)) AS "lacking", SUM(ABS("want" - "have")) AS "apart",
            COUNT(*) FILTER (WHERE "want" <> "have") AS "wrong",
            CASE WHEN each."dimension" = ${BLIND.id} THEN COALESCE(MAX(e."n"), 0) ELSE 0 END AS "erased"
          FROM each LEFT JOIN erased_in AS e ON e."grain" = each."grain" AND e."bucket" = each."bucket"
          GROUP BY 1, 2, 3),
      bad AS (SELECT *, ${BEGINS} AS "begins" FROM buckets
        WHERE CASE WHEN ${isOpen} THEN "lacking" > "erased" OR "want" > "have"
          ELSE "apart" > 2 * "erased" OR ("want" <> "have") END)
      SELECT SUM("wrong") OVER () AS "rows", "dimension", "grain", "begins" FROM bad ORDER BY "begins", "dimension", "grain" LIMIT 1`);
    const [row] = rows;
    if (row === undefined) return [];
    const name = NAME_OF.get(Number(row.dimension)) ?? String(row.dimension);
    const { begins, grain } = row;
    return [{ table: "rollup", rows: Number(row.rows), first: `${name} ${bucketText(Number(grain), Number(begins))}` }];
  }

  /** Keys that are not what they are found by, that began otherwise, or that were never counted; of BLIND, where nothing was erased. */
  async function keys(): Promise<readonly DerivedDifference[]> {
    let [wrong, first] = [0, ""];
    const note = (key: unknown, count = 1): void => {
      if (wrong === 0) first = `the key ${key}`;
      wrong += count;
    };
    for (let last = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = await on.all(
        `SELECT "id", "dimension", "digest", "key" FROM kept_rollup_key WHERE "id" > ? ORDER BY "id" LIMIT ${KEYS_AT_ONCE}`,
        [last],
      );
      for (const { digest, dimension, id, key } of rows) {
        last = Number(id);
        const name = NAME_OF.get(Number(dimension));
        if (name === undefined || keyDigest(name as DimensionName, String(key)) !== digest) note(key);
      }
      if (rows.length < KEYS_AT_ONCE) break;
    }
    const late = `("dimension" = ${USE.id} AND "have_last" IS NOT "want_last" AND NOT (${archivedBefore !== null} AND COALESCE("have_last", 0) < ${archived} AND COALESCE("have_last", 0) > COALESCE("want_last", 0)))`;
    const rows = await on.all(`SELECT COUNT(*) AS "rows", MIN("key") AS "first" FROM (
        SELECT s."dimension", s."key", s."day", s."last_at" AS "have_last", k."last_at" AS "want_last", k."day" AS "want_day", k."id"
          FROM kept_rollup_key AS s LEFT JOIN rollup_key AS k ON k."digest" = s."digest" WHERE s."dimension" IN (${IDS}))
      WHERE (("id" IS NULL OR "day" <> "want_day") AND NOT ("dimension" = ${BLIND.id} AND EXISTS (SELECT 1 FROM erased_in))) OR ("dimension" <> ${USE.id} AND "have_last" IS NOT NULL) OR ${late}`);
    const [row] = rows;
    if (Number(row?.rows) > 0) note(row?.first, Number(row?.rows));
    return wrong === 0 ? [] : [{ table: "rollup_key", rows: wrong, first }];
  }
}
