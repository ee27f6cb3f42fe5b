import type { SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";

/** What an act is mostly below, in bytes: steps of so few that all are as large need no look. */
const LARGE_ACT = 64 * 1024;

/**
 * How far a step goes whose acts come to at most so many bytes: to `until`, or to the last act before it that fits, the first at least. Only
 * lengths are read, which both databases keep beside the texts.
 */
export async function stepEnd(
  { dialect, select }: { readonly select: SelectRows; readonly dialect: Dialect },
  { after, bytes, until }: { readonly after: number; readonly until: number; readonly bytes: number },
): Promise<number> {
  if ((until - after) * LARGE_ACT <= bytes) return until;
  const sql = `SELECT MIN("seq") AS "first", MAX(CASE WHEN "sum" <= ${bytes} THEN "seq" END) AS "last", MAX("sum") AS "all" FROM
    (SELECT "seq", SUM(OCTET_LENGTH("record") + OCTET_LENGTH("personal")) OVER (ORDER BY "seq") AS "sum"
      FROM journal WHERE "seq" > ? AND "seq" <= ?) AS sized`;
  const [row] = await select(withParameters(dialect, sql), [after, until]);
  return Number(row?.all ?? 0) <= bytes ? until : Number(row?.last ?? row?.first);
}
