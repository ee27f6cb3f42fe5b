/**
 * How many decisions a second become durable: through the journal as the service uses it, one record a call and so
 * many calls in flight, and beside it SQLite alone, which is handed the same rows, ready-made, in INSERTs of that many.
 * The journal leaves its index for later; so each slice is followed by a search, which waits until the index has
 * everything, and `sustained` counts that time too.
 */
import sqlite3 from "sqlite3";
import { newId } from "../../../src/process/ids.ts";
import { newSalt } from "../../../src/process/salts.ts";
import { sqliteDialect } from "../../../src/storage/database/sqlite.ts";
import { type DecisionRow, encodeDecision } from "../../../src/storage/journal/decisionRow.ts";
import { journalSql } from "../../../src/storage/journal/journalSql.ts";
import { openStorage, type Storage } from "../../../src/storage/storage.ts";
import { decision } from "../../../test/storage/samples.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, quantile, round, sorted } from "../lib/stats.ts";
import { printResult, printTable } from "../lib/table.ts";

const IN_FLIGHT = [1, 16, 64, 256] as const;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SLICE_MS = 2_000;
const FEWEST_INDEXED = 5_000;

interface Measured {
  readonly rowsPerSecond: number;
  /** Rows over the time until all of them were indexed. */
  readonly sustained: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

let made = 0;
const nextRecord = () => decision(made++, { id: newId() });

/** So many workers, each appending one record at a time; answers with the time of each append. */
async function throughJournal(storage: Storage, inFlight: number) {
  const times: number[] = [];
  const started = performance.now();
  async function worker(): Promise<void> {
    while (performance.now() - started < SLICE_MS) {
      const record = nextRecord();
      const since = performance.now();
      await storage.journal.append([record]);
      times.push(performance.now() - since);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - started) / 1000;
  const indexed = await catchUp(storage);
  const measured = measuredOf(times, times.length, seconds, seconds + indexed.seconds);
  return { measured, indexed };
}

/** Waits until every decision can be found. */
async function catchUp(storage: Storage): Promise<{ readonly rows: number; readonly seconds: number }> {
  const rows = storage.followers().reduce((most, { lag }) => Math.max(most, lag), 0);
  const started = performance.now();
  await storage.decisions.decisions({
    filter: { callerId: "nobody", clientId: "nobody" },
    page: { first: 1, after: null },
  });
  return { rows, seconds: (performance.now() - started) / 1000 };
}

function measuredOf(times: readonly number[], rows: number, seconds: number, untilIndexed: number): Measured {
  const ascending = sorted(times);
  return {
    rowsPerSecond: rows / seconds,
    sustained: rows / untilIndexed,
    p50Ms: quantile(ascending, 0.5),
    p99Ms: quantile(ascending, 0.99),
  };
}

interface Raw {
  run(sql: string): Promise<void>;
  /** With a statement that is prepared once. */
  write(sql: string, parameters: readonly unknown[]): Promise<void>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

function openRaw(file: string): Raw {
  const database = new sqlite3.Database(file);
  const statements = new Map<string, sqlite3.Statement>();
  const settled = (work: (done: (error: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
  return {
    run: (sql) => settled((done) => database.run(sql, done)),
    write(sql, parameters) {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      return settled((done) => statement.run(parameters, done));
    },
    count: (table) =>
      new Promise((resolve, reject) =>
        database.get<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`, (error, row) =>
          error ? reject(error) : resolve(row.n),
        ),
      ),
    async close() {
      for (const statement of statements.values())
        await new Promise<void>((resolve) => statement.finalize(() => resolve()));
      await settled((done) => database.close(done));
    },
  };
}

/** One INSERT after the other. Making the rows is not counted. */
async function throughSqlite(insert: (rows: readonly DecisionRow[]) => Promise<void>, batch: number) {
  const times: number[] = [];
  const started = performance.now();
  while (performance.now() - started < SLICE_MS) {
    const rows = Array.from({ length: batch }, () => encodeDecision(nextRecord(), newSalt()));
    const since = performance.now();
    await insert(rows);
    times.push(performance.now() - since);
  }
  const written = times.length * batch;
  const seconds = times.reduce((sum, t) => sum + t, 0) / 1000;
  return { measured: measuredOf(times, written, seconds, seconds), written };
}

await withScratch(async (dir) => {
  const [file, rawFile] = [`${dir}/journal.db`, `${dir}/raw.db`];
  const storage = await openStorage({ url: `sqlite:${file}`, clock: Date.now });
  // The same table, indexes and triggers, and the same settings.
  await (await openStorage({ url: `sqlite:${rawFile}`, clock: Date.now })).close();
  const dialect = sqliteDialect(rawFile);
  const raw = openRaw(rawFile);
  await dialect.setUp("write", async (sql) => {
    await raw.run(sql);
    return { rows: [], affected: 0 };
  });
  const insert = (rows: readonly DecisionRow[]): Promise<void> => {
    const { sql, parameters } = journalSql(dialect).insertDecisions(rows);
    return raw.write(sql, parameters);
  };

  const journal = new Map<number, Measured[]>(IN_FLIGHT.map((n) => [n, []]));
  const sqlite = new Map<number, Measured[]>(IN_FLIGHT.map((n) => [n, []]));
  const indexing: number[] = [];
  let [appended, written] = [0, 0];
  const before = storage.statements();
  const rounds = await inRounds(ROUNDS, async () => {
    for (const n of IN_FLIGHT) {
      const from = made;
      const { measured, indexed } = await throughJournal(storage, n);
      journal.get(n)?.push(measured);
      // Of a handful the wait alone would be measured.
      if (indexed.rows >= FEWEST_INDEXED) indexing.push(indexed.rows / indexed.seconds);
      appended += made - from;
      const result = await throughSqlite(insert, n);
      sqlite.get(n)?.push(result.measured);
      written += result.written;
    }
  });
  const statements = storage.statements() - before;
  await storage.close();
  const check = openRaw(file);
  const rows = await check.count("journal");
  const indexedRows = await check.count("decision_index");
  const rawRows = await raw.count("journal");
  await check.close();
  await raw.close();

  const of = (runs: ReadonlyMap<number, readonly Measured[]>, n: number, read: (m: Measured) => number): number =>
    round(median((runs.get(n) ?? []).map(read)));
  printTable(
    `Durable decisions, ${rounds} rounds of ${SLICE_MS / 1000} s`,
    ["in flight", "journal rows/s", "sustained", "p50 ms", "p99 ms", "SQLite alone rows/s", "p50 ms", "p99 ms"],
    IN_FLIGHT.map((n) => [
      `${n}`,
      of(journal, n, (m) => m.rowsPerSecond),
      of(journal, n, (m) => m.sustained),
      of(journal, n, (m) => m.p50Ms),
      of(journal, n, (m) => m.p99Ms),
      of(sqlite, n, (m) => m.rowsPerSecond),
      of(sqlite, n, (m) => m.p50Ms),
      of(sqlite, n, (m) => m.p99Ms),
    ]),
  );
  console.log(`${rows} rows in the journal, ${appended} were acknowledged, in ${statements} statements.`);
  console.log(`${indexedRows} of them are indexed. Indexing alone: ${round(median(indexing))} rows/s.`);
  if (rows !== appended || indexedRows !== appended || rawRows !== written)
    throw new Error("rows written and rows found differ");
  const byFlight = (runs: ReadonlyMap<number, readonly Measured[]>, read: (m: Measured) => number) =>
    Object.fromEntries(IN_FLIGHT.map((n) => [n, of(runs, n, read)]));
  printResult({
    bench: "journal",
    rows_per_s: byFlight(journal, (m) => m.rowsPerSecond),
    sustained_rows_per_s: byFlight(journal, (m) => m.sustained),
    indexed_rows_per_s: round(median(indexing)),
    p50_ms: byFlight(journal, (m) => m.p50Ms),
    p99_ms: byFlight(journal, (m) => m.p99Ms),
    sqlite_rows_per_s: byFlight(sqlite, (m) => m.rowsPerSecond),
    journal_vs_sqlite_256: round(of(journal, 256, (m) => m.rowsPerSecond) / of(sqlite, 256, (m) => m.rowsPerSecond)),
    acknowledged: appended,
    rows,
  });
});
