import type { RunSql, SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { DIMENSIONS, type DimensionName } from "./rollup/dimensions.ts";

const ARCHIVED_TO = `COALESCE((SELECT MAX("until_position") FROM journal_archive), 0)`;
const NONE_ARCHIVED = "NOT EXISTS (SELECT 1 FROM journal_archive)";

/** Up to and with which position acts may have left for archives; 0: none. */
export const archivedTo = async (run: RunSql): Promise<number> =>
  Number((await run(`SELECT ${ARCHIVED_TO} AS "end"`)).rows[0]?.end ?? 0);

/**
 * Sends a follower back to the first act that the database has. Where some were archived, what it counted up to now stays, and is not
 * counted again: by what is left it could not be.
 */
export const followAgain = (name: string, counts: readonly DimensionName[]): readonly string[] => [
  `INSERT INTO journal_counted ("name", "position") SELECT "name", "position" FROM journal_follower
    WHERE "name" = '${name}' AND NOT (${NONE_ARCHIVED})
    ON CONFLICT ("name") DO UPDATE SET "position" = excluded."position" WHERE journal_counted."position" < excluded."position"`,
  ...["rollup", "rollup_key"].map(
    (table) =>
      `DELETE FROM ${table} WHERE "dimension" IN (${counts.map((each) => DIMENSIONS[each].id).join(", ")}) AND ${NONE_ARCHIVED}`,
  ),
  `UPDATE journal_follower SET "position" = ${ARCHIVED_TO} WHERE "name" = '${name}'`,
];

/** Up to where a follower counted before it was last sent back; 0: it counts all. */
export async function countedTo(
  { dialect, select }: { readonly select: SelectRows; readonly dialect: Dialect },
  name: string,
): Promise<number> {
  const sql = withParameters(dialect, 'SELECT "position" FROM journal_counted WHERE "name" = ?');
  return Number((await select(sql, [name]))[0]?.position ?? 0);
}
