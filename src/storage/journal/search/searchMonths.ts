import type { RawRow, RunSql } from "../../database/connection.ts";
import { type Dialect, withParameters } from "../../database/dialect.ts";
import type { Batch } from "../consumer.ts";
import { monthName, ofMonth } from "./monthDamage.ts";
import { type Found, monthTables } from "./monthTables.ts";

/** Positions of a mark, by which the positions of a time are found. */
export const MARK = 1_000;

/** A decision to be found: when it was made, and its tokens. */
export type Searched = readonly [position: number, decidedAt: number, tokens: readonly string[]];

/** A month of the index: its decisions are at its first position and after it, before the next month's. */
export interface SearchMonth {
  readonly id: number;
  readonly first: number;
  /** The last position; of the newest month, which is open, without end. */
  readonly last: number;
  /** `2026-03`; null: it has no name yet. */
  readonly month: string | null;
  /** What the database says of its table; null: it is not known to be damaged. */
  readonly damage: string | null;
  /** Of a damaged one: up to where it is made again; null: it is as it was found. */
  readonly madeTo: number | null;
}

export const MONTHS_SQL =
  'SELECT "id", "month", "first_position", "damage", "made_to" FROM search_month ORDER BY "id" DESC';
/** The same as one value, for a statement that asks more. */
export const monthsAsJson = ({ rowsAsJson }: Pick<Dialect, "rowsAsJson">): string =>
  `(SELECT ${rowsAsJson(['"id"', '"month"', '"first_position"', '"damage"', '"made_to"'])} FROM (${MONTHS_SQL}) AS m)`;
export function monthsOfJson(text: unknown): readonly SearchMonth[] {
  const rows = JSON.parse(String(text ?? "[]")) as readonly (readonly unknown[])[];
  return monthsOf(
    rows.map(([id, month, first_position, damage, made_to]) => ({ id, month, first_position, damage, made_to })),
  );
}
/** Differs once a month has gone, or is known to be damaged: what was found before may lack something. */
export const STATE_OF_MONTHS = 'SELECT MIN("id") AS "first", SUM("damages") AS "damages" FROM search_month';
/** Of rows of `MONTHS_SQL`: the newest first. */
export function monthsOf(rows: readonly RawRow[]): readonly SearchMonth[] {
  let last = Number.MAX_SAFE_INTEGER;
  return rows.map((row) => {
    const month: SearchMonth = {
      ...{ id: Number(row.id), first: Number(row.first_position), last, month: monthName(Number(row.month)) },
      damage: row.damage === null ? null : String(row.damage),
      madeTo: row.made_to === null ? null : Number(row.made_to),
    };
    last = month.first - 1;
    return month;
  });
}

/** Of a month in which nothing has been put yet. */
export const UNNAMED = 0;

/** `202612`; of a time that no calendar has it goes into the month that is open. */
export function monthAt(time: number): number {
  const at = new Date(time);
  const month = at.getUTCFullYear() * 100 + at.getUTCMonth() + 1;
  return Number.isSafeInteger(month) ? month : UNNAMED;
}

/** The times of the marks in which these are. */
function marksOf(searched: readonly Searched[]): readonly (readonly [mark: number, first: number, last: number])[] {
  const marks = new Map<number, readonly [number, number]>();
  for (const [position, at] of searched) {
    const mark = Math.floor(position / MARK);
    const [first, last] = marks.get(mark) ?? [at, at];
    marks.set(mark, [Math.min(first, at), Math.max(last, at)]);
  }
  return [...marks].map(([mark, times]) => [mark, ...times]);
}

/** Begins a month that has nothing yet, at a position, and answers with its number. */
async function beginMonth(
  { dialect, run }: { readonly run: RunSql; readonly dialect: Dialect },
  month: number,
  position: number,
): Promise<number> {
  const begin = 'INSERT INTO search_month ("month", "first_position") VALUES (?, ?)';
  await run(withParameters(dialect, begin), [month, position]);
  const { rows } = await run('SELECT MAX("id") AS "id" FROM search_month');
  const id = Number(rows[0]?.id);
  for (const statement of monthTables(dialect).create(id)) await run(statement);
  return id;
}

/** Throws away what is searched, and begins with a month without a name. No number is given twice: by that a search knows that it came between. */
export async function emptyMonths(on: { readonly run: RunSql; readonly dialect: Dialect }): Promise<void> {
  const { rows } = await on.run(MONTHS_SQL);
  for (const { id } of rows) for (const statement of monthTables(on.dialect).drop(Number(id))) await on.run(statement);
  await on.run("DELETE FROM search_month");
  await on.run("DELETE FROM search_mark");
  await beginMonth(on, UNNAMED, 0);
}

/**
 * Puts the next decisions of the journal into the index, each once, in the transaction that says that they are in it. The first of a month
 * begins one; a clock that is late then is of the month that is open, as months are told apart by positions.
 */
export async function addSearched(
  { change, dialect, run, select }: Pick<Batch, "change" | "dialect" | "run" | "select">,
  searched: readonly Searched[],
): Promise<void> {
  const tables = monthTables(dialect);
  const [newest, before] = await select(
    'SELECT "id", "month", "damage" FROM search_month ORDER BY "id" DESC LIMIT 2',
    [],
  );
  let [open, month, over] = [
    Number(newest?.id),
    Number(newest?.month),
    before === undefined || before.damage !== null ? null : Number(before.id),
  ];
  // One that is damaged gets these when it is made again.
  let isDamaged = newest?.damage != null;
  let found: Found[] = [];
  const flush = async (): Promise<void> => {
    if (found.length > 0 && !isDamaged) await ofMonth(open, () => change(...tables.add(open, found)));
    found = [];
  };
  for (const [position, at, tokens] of searched) {
    const next = monthAt(at);
    if (month === UNNAMED && next > UNNAMED) {
      await run(withParameters(dialect, 'UPDATE search_month SET "month" = ? WHERE "id" = ?'), [next, open]);
      month = next;
    } else if (next > month) {
      await flush();
      over = isDamaged ? null : open;
      open = await beginMonth({ run, dialect }, next, position);
      isDamaged = false;
      month = next;
    }
    found.push([position, tokens]);
  }
  await flush();
  const mark = withParameters(
    dialect,
    `INSERT INTO search_mark ("mark", "first_at", "last_at") VALUES (?, ?, ?) ON CONFLICT ("mark") DO UPDATE SET
      "first_at" = CASE WHEN excluded."first_at" < search_mark."first_at" THEN excluded."first_at" ELSE search_mark."first_at" END,
      "last_at" = CASE WHEN excluded."last_at" > search_mark."last_at" THEN excluded."last_at" ELSE search_mark."last_at" END`,
  );
  for (const values of marksOf(searched)) await change(mark, values);
  if (searched.length > 0 && !isDamaged) await ofMonth(open, () => tables.tend(open, searched.length, run));
  if (over !== null) await ofMonth(over, () => tables.tend(over as number, 0, run));
}
