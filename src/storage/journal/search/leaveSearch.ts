import type { RawRow, RunSql } from "../../database/connection.ts";
import { type Dialect, withParameters } from "../../database/dialect.ts";
import { jsonRows } from "../../database/jsonRows.ts";
import { decodeDecision, RECORD_COLUMNS } from "../decisionRow.ts";
import { indexedDecision } from "./indexedDecision.ts";
import { damagedError, ofMonth } from "./monthDamage.ts";
import { type Found, monthTables } from "./monthTables.ts";
import { DECISION_INDEX } from "./searchIndex.ts";
import { MARK, MONTHS_SQL, monthsOf, type SearchMonth } from "./searchMonths.ts";
import { SECRET_SQL, tokensOf } from "./tokens.ts";

interface On {
  readonly run: RunSql;
  readonly dialect: Dialect;
}

/** What was set aside is not in the index, and must not be taken out of it. */
export const IS_THERE = `"seq" NOT IN (SELECT "position" FROM act_set_aside WHERE "consumer" = '${DECISION_INDEX}')`;

/** The tokens of decisions, by what their records say at this moment. */
export async function tokensNow({ run }: On, rows: readonly RawRow[]): Promise<readonly Found[]> {
  const secret = String((await run(SECRET_SQL)).rows[0]?.value);
  return rows.map((row) => {
    const position = Number(row.seq);
    return [position, tokensOf(secret, indexedDecision(decodeDecision(row), position))];
  });
}

async function eachMonth(
  { run }: On,
  found: readonly Found[],
  change: (month: SearchMonth, part: readonly Found[]) => Promise<unknown>,
): Promise<void> {
  for (const month of monthsOf((await run(MONTHS_SQL)).rows)) {
    const part = found.filter(([position]) => position >= month.first && position <= month.last);
    if (part.length > 0) await change(month, part);
  }
}

/** Which positions of a month its table has. @throws ScopewardenError JOURNAL_UNAVAILABLE where it is damaged, and as it was found */
function inTable(month: SearchMonth, found: readonly Found[]): readonly Found[] {
  const { damage, madeTo } = month;
  if (damage === null) return found;
  if (madeTo === null) throw damagedError(month);
  return found.filter(([position]) => position <= madeTo);
}

/** The tokens of decisions that will be erased, to be asked for before their values go: by others they would not leave the index. */
export async function tokensAt(on: On, positions: readonly number[]): Promise<readonly Found[]> {
  const { integer, rows: given } = jsonRows(on.dialect);
  const sql = `SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE "kind" = 'DECISION' AND ${IS_THERE}
    AND "seq" IN (SELECT ${integer(0)} FROM ${given})`;
  const { rows } = await on.run(withParameters(on.dialect, sql), [
    JSON.stringify(positions.map((position) => [position])),
  ]);
  return tokensNow(on, rows);
}

/**
 * Puts decisions whose values have gone into the index anew, under what is left of them. `before` are the tokens that they had, `erasure` the
 * position of the act. PostgreSQL's index keeps the old ones until it is made anew (cleanSearch.ts).
 */
export async function searchErased(on: On, before: readonly Found[], erasure: number): Promise<void> {
  const { dialect, run } = on;
  const tables = monthTables(dialect);
  const after = new Map(
    await tokensAt(
      on,
      before.map(([position]) => position),
    ),
  );
  await eachMonth(on, before, async (month, erased) => {
    const { id } = month;
    const part = inTable(month, erased);
    const left = part.map(([position]): Found => [position, after.get(position) ?? []]);
    if (part.length > 0)
      await ofMonth(id, async () => {
        await run(...tables.remove(id, part));
        await run(...tables.add(id, left));
      });
    await run(withParameters(dialect, 'UPDATE search_month SET "erased_to" = ? WHERE "id" = ?'), [erasure, id]);
  });
}

/**
 * Takes the decisions of a step out of the index, before they leave the journal. `leaving` is the last position of all that is to leave: the
 * table of a month that lies before it goes as a whole, with the month's last step.
 */
export async function leaveSearch(
  on: On,
  { after, leaving, until }: { readonly after: number; readonly until: number; readonly leaving: number },
): Promise<void> {
  const { dialect, run } = on;
  const tables = monthTables(dialect);
  for (const month of monthsOf((await run(MONTHS_SQL)).rows)) {
    const { first, id, last } = month;
    if (last <= leaving) {
      if (last > until) continue;
      inTable(month, []);
      for (const statement of tables.drop(id)) await run(statement);
      await run(withParameters(dialect, 'DELETE FROM search_month WHERE "id" = ?'), [id]);
      continue;
    }
    const sql = `SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE "kind" = 'DECISION' AND ${IS_THERE}
      AND "seq" > ? AND "seq" <= ?`;
    const { rows } = await run(withParameters(dialect, sql), [Math.max(after, first - 1), Math.min(until, last)]);
    const found = rows.length === 0 ? [] : inTable(month, await tokensNow(on, rows));
    if (found.length > 0) await ofMonth(id, () => run(...tables.remove(id, found)));
  }
  await run(withParameters(dialect, 'DELETE FROM search_mark WHERE "mark" < ?'), [Math.floor((until + 1) / MARK)]);
}
