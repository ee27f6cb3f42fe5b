import { createHash } from "node:crypto";
import type { SelectRows } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { INDEX_COLUMNS } from "./journalTables.ts";
import { DAMAGED_SQL, damagedOf } from "./search/monthDamage.ts";
import { digestOfMonth } from "./search/monthDigests.ts";
import { MONTHS_SQL, monthsOf } from "./search/searchMonths.ts";

const AT_ONCE = 500;

/** The whole search index as it is. */
export interface IndexState {
  /** Those that have a name, the oldest first. */
  readonly months: readonly string[];
  /** What the database says of those that are damaged. */
  readonly finding: string;
  /**
   * SHA-256 of the rows of `decision_index` in the order of their positions, a line of JSON each, and after them of each month's name and
   * digest (`digestOfMonth`), a line each; null: it can't be read, or is empty.
   */
  readonly digest: string | null;
}

export async function indexState({
  dialect,
  select,
}: {
  readonly dialect: Dialect;
  readonly select: SelectRows;
}): Promise<IndexState> {
  const months = [...monthsOf(await select(MONTHS_SQL, []))].reverse();
  const damaged = damagedOf(await select(DAMAGED_SQL, []));
  const named = months.flatMap(({ month }) => (month === null ? [] : [month]));
  const finding = damaged.map((each) => `${each.month ?? "no month"}: ${each.finding}`).join("; ");
  const digest = createHash("sha256");
  let lines = 0;
  try {
    for (let last = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = await select(
        `SELECT ${INDEX_COLUMNS} FROM decision_index WHERE "seq" > ${last} ORDER BY "seq" LIMIT ${AT_ONCE}`,
        [],
      );
      for (const row of rows) {
        last = Number(row.seq);
        const { erased, ...rest } = row;
        const values = Object.entries({ ...rest, erased: Number(Boolean(erased)) }).sort(([a], [b]) =>
          a < b ? -1 : 1,
        );
        digest.update(`${JSON.stringify(values.map(([, value]) => (value === null ? null : String(value))))}\n`);
      }
      lines += rows.length;
      if (rows.length < AT_ONCE) break;
    }
    for (const { id, month } of months)
      digest.update(`${month ?? ""},${(await digestOfMonth({ dialect, select }, id)) ?? ""}\n`);
  } catch {
    return { months: named, finding, digest: null };
  }
  return { months: named, finding, digest: lines === 0 ? null : digest.digest("hex") };
}
