import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { newSalt } from "../../../src/process/salts.ts";
import type { Connection } from "../../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../../src/storage/database/dataSource.ts";
import { type Dialect, withParameters } from "../../../src/storage/database/dialect.ts";
import { dialectOf } from "../../../src/storage/database/dialectOf.ts";
import { readForBatch } from "../../../src/storage/journal/acts.ts";
import { decisionIndex } from "../../../src/storage/journal/decisionIndex.ts";
import { type DecisionRow, encodeDecision } from "../../../src/storage/journal/decisionRow.ts";
import { journalSql } from "../../../src/storage/journal/journalSql.ts";
import { say } from "../lib/table.ts";

/** Rows of one INSERT, of one step of what follows the journal, and of one transaction. */
const INSERT = 256;
const STEP = 10_000;
const SAID_EVERY = 500_000;
/** A position beyond all that will ever be. */
const NEVER = 10 ** 15;

/** A connection whose writes are not durable at once. */
export async function unhurriedConnection(url: string): Promise<Connection & { readonly dialect: Dialect }> {
  const dialect = dialectOf(url);
  // As who brings the tables to this version: no statement of it has an end, on either side.
  const connection = await openConnection({ dialect, purpose: "schema", counter: statementCounter() });
  if (dialect.name === "postgres") await connection.run("SET synchronous_commit = off");
  else
    for (const pragma of ["journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"])
      await connection.run(`PRAGMA ${pragma}`);
  return { ...connection, dialect };
}

/**
 * Puts decisions into the journal of a database that has its tables, and into what follows it: by the encoder, the statements and the steps of
 * the service, in large batches that nobody needs to be durable. What watches begins where this ends. The tree of the record stands still: it can't begin in the middle.
 */
export async function fillJournal(
  url: string,
  decisions: Iterable<AccessRecord>,
): Promise<{ readonly rows: number; readonly seconds: number }> {
  const { change, close, dialect, run, select } = await unhurriedConnection(url);
  const postgres = dialect.name === "postgres";
  const started = performance.now();
  const passed = (): number => (performance.now() - started) / 1000;
  try {
    const { insertDecisions } = journalSql(dialect);
    let end = Number((await run('SELECT MAX("seq") AS "end" FROM journal')).rows[0]?.end ?? 0);
    let rows = 0;
    const flush = async (part: readonly DecisionRow[]): Promise<void> => {
      const after = end;
      await run("BEGIN");
      for (let at = 0; at < part.length; at += INSERT) {
        const { parameters, sql } = insertDecisions(part.slice(at, at + INSERT));
        await change(sql, parameters);
      }
      end += part.length;
      const acts = await readForBatch({ select, dialect }, { after, most: part.length });
      const batch = { acts, after, until: end, run, change, select, dialect, actsOnRecord() {} };
      await decisionIndex.write(batch, await decisionIndex.read?.(batch));
      await run("COMMIT");
      rows += part.length;
      if (rows % SAID_EVERY === 0) say(`${rows} decisions after ${Math.round(passed())} s`);
    };
    let part: DecisionRow[] = [];
    for (const record of decisions) {
      part.push(encodeDecision(record, newSalt()));
      if (part.length < STEP) continue;
      await flush(part);
      part = [];
    }
    if (part.length > 0) await flush(part);
    const [{ last } = { last: 0 }] = (await run('SELECT MAX("seq") AS "last" FROM journal')).rows;
    if (Number(last) !== end) throw new Error(`the journal ends at ${last}, not at ${end}`);
    const seconds = passed();
    const move = 'UPDATE journal_follower SET "position" = ?, "holder" = NULL';
    await run(withParameters(dialect, move), [end]);
    await run(withParameters(dialect, `${move} WHERE "name" = 'record_tree'`), [NEVER]);
    if (postgres) await run("VACUUM ANALYZE");
    return { rows, seconds };
  } finally {
    await close();
  }
}
