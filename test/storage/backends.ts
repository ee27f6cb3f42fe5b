import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite3 from "sqlite3";
import { postgresRoom } from "./postgresServer.ts";

type Rows = readonly Record<string, unknown>[];

/** A place for databases, to run one suite on. */
export interface Backend {
  readonly name: "sqlite" | "postgres";
  /** The address of a new, empty database. */
  fresh(): Promise<string>;
  /** Runs SQL behind the back of the code under test. */
  raw(url: string, sql: string): Promise<Rows>;
  /** Removes everything. */
  stop(): Promise<void>;
}

export function sqliteRaw(url: string, sql: string): Promise<Rows> {
  const database = new sqlite3.Database(url.slice("sqlite:".length));
  return new Promise((resolve, reject) => {
    database.configure("busyTimeout", 5000);
    database.all<Record<string, unknown>>(sql, (error, rows) => {
      database.close(() => (error === null ? resolve(rows) : reject(error)));
    });
  });
}

/** Reads in a SQLite file until the answer is called: what is written meanwhile can't be copied from the log into the file. */
export function heldReader(path: string): Promise<() => Promise<void>> {
  const database = new sqlite3.Database(path);
  return new Promise((resolve, reject) => {
    database.exec("BEGIN; SELECT count(*) FROM journal", (error) => {
      if (error !== null) return reject(error);
      resolve(() => new Promise((closed, failed) => database.close((e) => (e === null ? closed() : failed(e)))));
    });
  });
}

async function startSqlite(): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-sqlite-"));
  let databases = 0;
  return {
    name: "sqlite",
    fresh: async () => `sqlite:${join(folder, `new ${++databases}`, "test.db")}`,
    raw: sqliteRaw,
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function startPostgresBackend(): Promise<Backend> {
  const server = await postgresRoom();
  return {
    name: "postgres",
    fresh: () => server.freshSchema(),
    raw: (url, sql) => server.admin(sql, url),
    stop: () => server.remove(),
  };
}

export const backends: readonly { readonly name: Backend["name"]; readonly start: () => Promise<Backend> }[] = [
  { name: "sqlite", start: startSqlite },
  { name: "postgres", start: startPostgresBackend },
];
