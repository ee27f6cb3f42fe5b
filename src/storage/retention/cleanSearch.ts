import { setTimeout as delay } from "node:timers/promises";
import { monthTable } from "../database/baseline/search.ts";
import { openConnection, statementCounter } from "../database/dataSource.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";

const PENDING = `FROM search_month WHERE "erased_to" > "rebuilt_to"`;

/** After which act of erasure tokens may be left. SQLite overwrites them in the erasure's own transaction. */
export const uncleanAfter = (dialect: Dialect): string =>
  dialect.name === "sqlite" ? "NULL" : `(SELECT MIN("rebuilt_to") ${PENDING})`;

/** Of instances one cleans at a time, as two that make one index anew wait for each other. */
const TURN = `SELECT pg_try_advisory_lock(hashtext('scopewarden:clean')) AS "has"`;
const TURN_AGAIN_MS = 200;

/**
 * PostgreSQL keeps the keys of a GIN index for ever, and erased rows until a vacuum: here both are made anew, month by month, where something
 * was erased since. On a connection of its own, as no time-out may end it; searches and writes go on beside it.
 */
export async function cleanSearch(dialect: Dialect): Promise<void> {
  if (dialect.name === "sqlite") return;
  const { close, run } = await openConnection({ dialect, purpose: "schema", counter: statementCounter() });
  try {
    // Asked again and again: whoever waits inside a statement is waited for by who makes an index.
    while ((await run(TURN)).rows[0]?.has !== true) await delay(TURN_AGAIN_MS);
    const { rows } = await run(`SELECT "id", "erased_to" ${PENDING} ORDER BY "id"`);
    for (const { erased_to: erasedTo, id } of rows) {
      const table = monthTable(Number(id));
      await run(`VACUUM ${table}`);
      await run(`REINDEX INDEX CONCURRENTLY ${table}_token`);
      // What was erased meanwhile is of a later act, and is cleaned the next time.
      const done = 'UPDATE search_month SET "rebuilt_to" = ? WHERE "id" = ?';
      await run(withParameters(dialect, done), [erasedTo, id]);
    }
  } finally {
    await close();
  }
}
