import { ScopewardenError } from "../../../domain/kernel/errors.ts";
import { monthTable } from "../../database/baseline/search.ts";
import type { RawRow, RunSql } from "../../database/connection.ts";
import { type Dialect, withParameters } from "../../database/dialect.ts";
import { codeOf, describe } from "../../database/faults.ts";

/** A month of the index that is not what was put into it, by what the database itself says of its table. */
export interface DamagedMonth {
  readonly id: number;
  /** `2026-03`; null: it has no name yet. */
  readonly month: string | null;
  /** What the database says. */
  readonly finding: string;
}

/** Of `202603`; null: of the month without a name. */
export const monthName = (month: number): string | null =>
  month === 0 ? null : `${Math.floor(month / 100)}-${String(month % 100).padStart(2, "0")}`;

const calledBy = ({ id, month }: Pick<DamagedMonth, "id" | "month">): string =>
  `${monthTable(id)}${month === null ? "" : ` (${month})`}`;

export const damageText = (month: Pick<DamagedMonth, "id" | "month">): string =>
  `The search index ${calledBy(month)} is damaged. It is made again from the journal by itself, once a day at most; \`scopewarden db rebuild-index\` makes it at once.`;

/** Refuses an answer that needs a month of the index which is known to be damaged. */
export const damagedError = (month: Pick<DamagedMonth, "id" | "month">): ScopewardenError =>
  new ScopewardenError("JOURNAL_UNAVAILABLE", damageText(month));

/** That the database says of a month's table that it is damaged, which nobody has noted yet. Nothing was written. */
export class MonthDamaged extends ScopewardenError {
  override readonly name = "MonthDamaged";

  constructor(
    readonly month: number,
    readonly finding: string,
  ) {
    super("JOURNAL_UNAVAILABLE", damageText({ id: month, month: null }));
  }
}

/** SQLite's of a table that FTS5 keeps, which has no other errors of what we ask; PostgreSQL's of data and of an index. */
const OF_TABLE = /^(SQLITE_(CORRUPT|ERROR)|XX00[12]$)/;
export const isOfTable = (error: unknown): boolean => OF_TABLE.test(codeOf(error) ?? "");

/** What is asked of the table of a month and of nothing else. @throws MonthDamaged */
export async function ofMonth<Answer>(month: number, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw isOfTable(error) ? new MonthDamaged(month, describe(error)) : error;
  }
}

/** Notes that a month is damaged, also where it was being made again; false: that is known, or the month has gone. */
export async function noteDamage(
  { dialect, run }: { readonly run: RunSql; readonly dialect: Dialect },
  { finding, month }: Pick<MonthDamaged, "finding" | "month">,
): Promise<boolean> {
  // The number tells an answer that it began before, and may lack something.
  const note =
    'UPDATE search_month SET "damage" = ?, "damages" = "damages" + 1, "made_to" = NULL WHERE "id" = ? AND ("damage" IS NULL OR "made_to" IS NOT NULL)';
  return (await run(withParameters(dialect, note), [finding, month])).affected > 0;
}

export const DAMAGED_SQL = 'SELECT "id", "month", "damage" FROM search_month WHERE "damage" IS NOT NULL ORDER BY "id"';
export const damagedOf = (rows: readonly RawRow[]): readonly DamagedMonth[] =>
  rows.map(({ damage, id, month }) => ({
    id: Number(id),
    month: monthName(Number(month)),
    finding: String(damage),
  }));
