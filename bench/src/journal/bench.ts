/**
 * How many decisions a second become durable: through the journal as the service uses it, one record a call and so
 * many calls in flight, and beside it SQLite alone, which is handed the same rows, ready-made, in INSERTs of that many.
 */
import sqlite3 from "sqlite3";
import { newId } from "../../../src/app.ts";
import { decisionValues } from "../../../src/storage/decisionTable.ts";
import { sqliteDialect } from "../../../src/storage/sqlite.ts";
import { openStorage, type Storage } from "../../../src/storage/storage.ts";
import { decision } from "../../../test/storage/samples.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, quantile, round, sorted } from "../lib/stats.ts";
import { printResult, printTable } from "../lib/table.ts";

const IN_FLIGHT = [1, 16, 64, 256] as const;
const ROUNDS = 3;
const SLICE_MS = 2_000;

interface Measured {
  readonly rowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

let made = 0;
const nextRecord = () => decision(made++, { id: newId() });

/** So many workers, each appending one record at a time; answers with the time of each append. */
async function throughJournal(storage: Storage, inFlight: number): Promise<Measured> {
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
  return measuredOf(times, times.length, (performance.now() - started) / 1000);
}

function measuredOf(times: readonly number[], rows: number, seconds: number): Measured {
  const ascending = sorted(times);
  return { rowsPerSecond: rows / seconds, p50Ms: quantile(ascending, 0.5), p99Ms: quantile(ascending, 0.99) };
}

interface Raw {
  run(sql: string, parameters?: readonly unknown[]): Promise<void>;
  count(): Promise<number>;
  close(): Promise<void>;
}

function openRaw(file: string): Raw {
  const database = new sqlite3.Database(file);
  const run: Raw["run"] = (sql, parameters = []) =>
    new Promise((resolve, reject) => database.run(sql, parameters, (error) => (error ? reject(error) : resolve())));
  return {
    run,
    count: () =>
      new Promise((resolve, reject) =>
        database.get<{ n: number }>("SELECT COUNT(*) AS n FROM decision", (error, row) =>
          error ? reject(error) : resolve(row.n),
        ),
      ),
    close: () => new Promise((resolve, reject) => database.close((error) => (error ? reject(error) : resolve()))),
  };
}

/** One INSERT after the other. Making the rows is not counted. */
async function throughSqlite(insert: (rows: readonly (readonly unknown[])[]) => Promise<void>, batch: number) {
  const times: number[] = [];
  const started = performance.now();
  while (performance.now() - started < SLICE_MS) {
    const rows = Array.from({ length: batch }, () => decisionValues(nextRecord()));
    const since = performance.now();
    await insert(rows);
    times.push(performance.now() - since);
  }
  const written = times.length * batch;
  return { measured: measuredOf(times, written, times.reduce((sum, t) => sum + t, 0) / 1000), written };
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
  const insert = (rows: readonly (readonly unknown[])[]): Promise<void> => {
    const { sql, parameters } = dialect.insertDecisions(rows);
    return raw.run(sql, parameters);
  };

  const journal = new Map<number, Measured[]>(IN_FLIGHT.map((n) => [n, []]));
  const sqlite = new Map<number, Measured[]>(IN_FLIGHT.map((n) => [n, []]));
  let [appended, written] = [0, 0];
  const before = storage.statements();
  const rounds = await inRounds(ROUNDS, async () => {
    for (const n of IN_FLIGHT) {
      const from = made;
      journal.get(n)?.push(await throughJournal(storage, n));
      appended += made - from;
      const result = await throughSqlite(insert, n);
      sqlite.get(n)?.push(result.measured);
      written += result.written;
    }
  });
  const statements = storage.statements() - before;
  await storage.close();
  const check = openRaw(file);
  const rows = await check.count();
  const rawRows = await raw.count();
  await check.close();
  await raw.close();

  const of = (runs: ReadonlyMap<number, readonly Measured[]>, n: number, read: (m: Measured) => number): number =>
    round(median((runs.get(n) ?? []).map(read)));
  printTable(
    `Durable decisions, ${rounds} rounds of ${SLICE_MS / 1000} s`,
    ["in flight", "journal rows/s", "p50 ms", "p99 ms", "SQLite alone rows/s", "p50 ms", "p99 ms"],
    IN_FLIGHT.map((n) => [
      `${n}`,
      ...[journal, sqlite].flatMap((runs) => [
        of(runs, n, (m) => m.rowsPerSecond),
        of(runs, n, (m) => m.p50Ms),
        of(runs, n, (m) => m.p99Ms),
      ]),
    ]),
  );
  console.log(`${rows} rows in the journal, ${appended} were acknowledged, in ${statements} statements.`);
  if (rows !== appended || rawRows !== written) throw new Error("rows written and rows found differ");
  const byFlight = (runs: ReadonlyMap<number, readonly Measured[]>, read: (m: Measured) => number) =>
    Object.fromEntries(IN_FLIGHT.map((n) => [n, of(runs, n, read)]));
  printResult({
    bench: "journal",
    rows_per_s: byFlight(journal, (m) => m.rowsPerSecond),
    p50_ms: byFlight(journal, (m) => m.p50Ms),
    p99_ms: byFlight(journal, (m) => m.p99Ms),
    sqlite_rows_per_s: byFlight(sqlite, (m) => m.rowsPerSecond),
    journal_vs_sqlite_256: round(of(journal, 256, (m) => m.rowsPerSecond) / of(sqlite, 256, (m) => m.rowsPerSecond)),
    acknowledged: appended,
    rows,
  });
});
