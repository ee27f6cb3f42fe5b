import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import sqlite3 from "sqlite3";
import type { DataSource, QueryRunner } from "typeorm";
import type { RawRow, RunSql } from "./connection.ts";
import { BY_THE_CLOCK, type Dialect, LOCK_WAIT_MS, type PreparedReads, type PreparedStatements } from "./dialect.ts";
import { codeOf } from "./faults.ts";
import { LOG_SIZE_LIMIT } from "./file/fileIdentity.ts";

/**
 * TypeORM asks sqlite3 for verbose stack traces, which print the parameters of every call, patient data, into a text
 * that is then thrown away.
 */
const driver = { ...sqlite3, verbose: () => sqlite3 };

const FULL = 2;

/** Statements of one connection, each prepared when it is first asked for. */
function preparedOn(source: DataSource): {
  readonly statement: (sql: string) => Promise<sqlite3.Statement>;
  readonly release: () => Promise<void>;
} {
  const { databaseConnection: database } = source.driver as unknown as {
    readonly databaseConnection: sqlite3.Database;
  };
  const statements = new Map<string, Promise<sqlite3.Statement>>();
  const prepare = (sql: string): Promise<sqlite3.Statement> =>
    new Promise((resolve, reject) => {
      const statement = database.prepare(sql, (error) => (error === null ? resolve(statement) : reject(error)));
    });
  return {
    statement(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const prepared = prepare(sql);
      statements.set(sql, prepared);
      prepared.catch(() => statements.delete(sql));
      return prepared;
    },
    async release() {
      const kept = [...statements.values()];
      statements.clear();
      for (const prepared of kept) {
        const statement = await prepared.catch(() => null);
        await new Promise<void>((resolve) => (statement === null ? resolve() : statement.finalize(() => resolve())));
      }
    },
  };
}

const allRows = (statement: sqlite3.Statement, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
  new Promise((resolve, reject) => {
    // To its end: one that is left open would keep what is read after it on the state of the database that it saw.
    statement.all<RawRow>(parameters, (error, rows) => (error === null ? resolve(rows) : reject(error)));
  });

function preparing(runner: QueryRunner): PreparedStatements {
  const { release, statement: prepared } = preparedOn(runner.connection);
  return {
    async change(sql, parameters) {
      const statement = await prepared(sql);
      return new Promise((resolve, reject) => {
        statement.run(parameters, function (error) {
          if (error === null) resolve({ rows: [], affected: this.changes, lastRowId: this.lastID });
          else reject(error);
        });
      });
    },
    select: async (sql, parameters) => allRows(await prepared(sql), parameters),
    release,
  };
}

function preparingReads(source: DataSource): PreparedReads {
  const { statement: prepared, release } = preparedOn(source);
  return {
    async rows(sql, parameters) {
      source.logger.logQuery(sql);
      return allRows(await prepared(sql), parameters);
    },
    release,
  };
}

async function pragma(run: RunSql, name: string): Promise<unknown> {
  const { rows } = await run(`PRAGMA ${name}`);
  return Object.values(rows[0] ?? {})[0];
}

/** @throws Error unless a commit reaches stable storage: WAL is durable over power loss only with FULL. */
async function requireSqliteDurable(run: RunSql): Promise<void> {
  const mode = await pragma(run, "journal_mode");
  if (mode !== "wal")
    throw new Error(
      `SQLite's journal_mode is "${mode}" and must be "wal": the database must be a file on a local disk`,
    );
  const level = await pragma(run, "synchronous");
  if (typeof level !== "number" || level < FULL) {
    throw new Error(
      `SQLite's synchronous is ${level} and must be ${FULL} (FULL): decisions would not survive a loss of power`,
    );
  }
}

/** A database in one file, with its write-ahead log beside it. Several processes may share it on one machine. */
export function sqliteDialect(path: string): Dialect {
  return {
    name: "sqlite",
    begin: "BEGIN IMMEDIATE",
    copyLog: "PRAGMA wal_checkpoint(PASSIVE)",
    maxParameters: 32_766,
    file: path,
    connectionOptions: () => ({ type: "sqlite", database: path, busyTimeout: LOCK_WAIT_MS, driver }),
    async prepare() {
      await mkdir(dirname(path), { recursive: true });
      try {
        // Decisions are health data: the file, and the log that takes over its mode, are the owner's alone.
        await (await open(path, "wx", 0o600)).close();
      } catch (error) {
        // One that is there is not opened: to close it again would drop every lock that this process has on it.
        if (codeOf(error) !== "EEXIST") throw error;
      }
    },
    async setUp(purpose, run) {
      if (purpose === "read") await run("PRAGMA query_only = ON");
      else await run("PRAGMA journal_mode = WAL");
      // What follows from decisions can be made again: its commits are in order, and on disk with the next one that waits for that.
      await run(`PRAGMA synchronous = ${purpose === "follow" ? "NORMAL" : "FULL"}`);
      // macOS: fsync alone leaves data in the drive's cache. No effect elsewhere.
      await run("PRAGMA fullfsync = ON");
      await run("PRAGMA checkpoint_fullfsync = ON");
      // REPLACE deletes without firing the triggers of the journal unless this is on.
      await run("PRAGMA recursive_triggers = ON");
      // What is erased is overwritten in the file, and not only forgotten.
      if (purpose !== "read") await run("PRAGMA secure_delete = ON");
      // 32 MiB of pages; the default of 2 MiB makes each index insert a read.
      await run("PRAGMA cache_size = -32768");
      // Who follows the journal copies the log, beside the commits: a commit that does so keeps the next one waiting.
      await run("PRAGMA wal_autocheckpoint = 16000");
      await run(`PRAGMA journal_size_limit = ${LOG_SIZE_LIMIT}`);
    },
    requireDurable: requireSqliteDurable,
    // Whether it is the same file is looked at elsewhere (file/databaseFile.ts).
    async requireWritable(run) {
      await run(`BEGIN IMMEDIATE ${BY_THE_CLOCK}`);
      await run(`ROLLBACK ${BY_THE_CLOCK}`);
    },
    async lockSchema() {
      // BEGIN IMMEDIATE has the lock already.
    },
    tableNames: `SELECT "name" FROM sqlite_schema WHERE "type" = 'table'`,
    parameter: () => "?",
    amongTexts: (expression, parameter) => `${expression} IN (SELECT "value" FROM json_each(${parameter}))`,
    texts: (values) => JSON.stringify(values),
    contains: (expression, parameter) => `instr(${expression}, ${parameter}) > 0`,
    rowsOfLoad: 2_000,
    rowAsJson: (expressions) => `json_array(${expressions.join(", ")})`,
    rowsAsJson: (expressions) => `json_group_array(json_array(${expressions.join(", ")}))`,
    preparing,
    preparingReads,
    async notify() {},
    hints: () => null,
  };
}
