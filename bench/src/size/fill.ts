import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { newSalt } from "../../../src/process/salts.ts";
import type { Connection, RunSql } from "../../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../../src/storage/database/dataSource.ts";
import { type Dialect, withParameters } from "../../../src/storage/database/dialect.ts";
import { dialectOf } from "../../../src/storage/database/dialectOf.ts";
import { BLOCK, createDecisionBlocks, DECISION_BLOCKS } from "../../../src/storage/journal/decisionBlocks.ts";
import { decisionIndex } from "../../../src/storage/journal/decisionIndex.ts";
import { type DecisionRow, encodeDecision } from "../../../src/storage/journal/decisionRow.ts";
import { PARTS } from "../../../src/storage/journal/facets.ts";
import type { FollowerBatch, PlanningFollower } from "../../../src/storage/journal/follower.ts";
import { FOLLOWERS } from "../../../src/storage/journal/followers.ts";
import { journalSql } from "../../../src/storage/journal/journalSql.ts";
import { writePlan } from "../../../src/storage/journal/stepTaker.ts";
import { say } from "../lib/table.ts";

/** Rows of one INSERT, of one step of what follows the journal, and of one transaction. */
const INSERT = 256;
const STEP = 10_000;
const SAID_EVERY = 500_000;
/** A position beyond all that will ever be. */
const NEVER = 10 ** 15;

const giveWay = async (): Promise<void> => {};

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

async function writeAll(follower: PlanningFollower, batch: FollowerBatch): Promise<void> {
  if (!(await writePlan(batch, await follower.plan(batch)))) throw new Error(`${follower.name} planned in vain`);
}

/**
 * Seals the blocks of the index that are not sealed, by the service's own steps: a search takes every block below the last for sealed.
 * Answers with how many these were.
 */
export async function sealBlocks(url: string): Promise<{ readonly blocks: number; readonly seconds: number }> {
  const { change, close, dialect, run, select } = await unhurriedConnection(url);
  const started = performance.now();
  try {
    const numbers = async (sql: string): Promise<readonly number[]> => (await run(sql)).rows.map(({ n }) => Number(n));
    const [end = 0] = await numbers(
      `SELECT "position" AS "n" FROM journal_follower WHERE "name" = '${decisionIndex.name}'`,
    );
    const sealed = new Set(await numbers('SELECT "block" AS "n" FROM decision_block'));
    const [at = 0] = await numbers(
      `SELECT "position" AS "n" FROM journal_follower WHERE "name" = '${DECISION_BLOCKS}'`,
    );
    // A service has gone on since: the block that it is in is its own.
    if (sealed.size > 0 && at <= (sealed.size + 1) * BLOCK) return { blocks: 0, seconds: 0 };
    const follower = createDecisionBlocks();
    const whole = Math.floor(end / BLOCK);
    let blocks = 0;
    for (let block = 0; block < whole; block++) {
      if (sealed.has(block)) continue;
      await run("BEGIN");
      for (let part = 0; part < PARTS; part++) {
        const after = block * BLOCK + part * (BLOCK / PARTS);
        const batch = { after, until: after + BLOCK / PARTS, run, change, select, dialect, giveWay };
        await writeAll(follower, batch);
      }
      await run("COMMIT");
      blocks++;
      if (blocks % 100 === 0)
        say(`${blocks} blocks sealed after ${Math.round((performance.now() - started) / 1000)} s`);
    }
    const move = 'UPDATE journal_follower SET "position" = ?, "wanted" = 0, "holder" = NULL WHERE "name" = ?';
    if (blocks > 0) await run(withParameters(dialect, move), [whole * BLOCK, DECISION_BLOCKS]);
    return { blocks, seconds: (performance.now() - started) / 1000 };
  } finally {
    await close();
  }
}

/** Takes away what is made much faster once all rows are there, and answers with the statements that make it again. */
async function takeIndexesAway(run: RunSql, postgres: boolean): Promise<readonly string[]> {
  const sql = postgres
    ? `SELECT i.indexname AS "name", i.indexdef AS "sql" FROM pg_indexes i WHERE i.tablename = 'decision_index' AND i.schemaname = current_schema()
        AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)`
    : `SELECT "name", "sql" FROM sqlite_schema WHERE "type" = 'index' AND "tbl_name" = 'decision_index' AND "sql" IS NOT NULL`;
  const { rows } = await run(sql);
  for (const { name } of rows) await run(`DROP INDEX "${String(name)}"`);
  return rows.map((row) => String(row.sql));
}

/**
 * Puts decisions into the journal of a database that has its tables, and into what follows it: by the encoder, the statements and the steps of
 * the service, in large batches that nobody needs to be durable, past the indexes of `decision_index`, which are made afterwards.
 * Its blocks are sealed afterwards (`sealBlocks`). What watches begins where this ends. The tree of the record stands still: it can't begin in the middle.
 */
export async function fillJournal(
  url: string,
  decisions: Iterable<AccessRecord>,
): Promise<{ readonly rows: number; readonly seconds: number; readonly indexSeconds: number }> {
  const { change, close, dialect, run, select } = await unhurriedConnection(url);
  const postgres = dialect.name === "postgres";
  const started = performance.now();
  const passed = (): number => (performance.now() - started) / 1000;
  try {
    const indexes = await takeIndexesAway(run, postgres);
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
      const batch = { after, until: end, run, change, select, dialect, giveWay };
      for (const follower of FOLLOWERS) await writeAll(follower, batch);
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
    if (postgres) await run("SET maintenance_work_mem = '512MB'");
    for (const sql of indexes) await run(sql);
    const move = 'UPDATE journal_follower SET "position" = ?, "wanted" = 0, "holder" = NULL';
    await run(withParameters(dialect, move), [end]);
    await run(withParameters(dialect, `${move} WHERE "name" = 'record_tree'`), [NEVER]);
    if (postgres) await run("VACUUM ANALYZE");
    return { rows, seconds, indexSeconds: passed() - seconds };
  } finally {
    await close();
  }
}
