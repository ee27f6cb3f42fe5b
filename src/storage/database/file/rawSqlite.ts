import sqlite3 from "sqlite3";
import type { RawRow } from "../connection.ts";

const BUSY_TIMEOUT_MS = 5_000;

/** A connection past TypeORM, for what is no part of the service's own reading and writing. */
export interface RawSqlite {
  all(sql: string, parameters?: readonly unknown[]): Promise<readonly RawRow[]>;
  /** Ends what is running; it rejects with SQLITE_INTERRUPT. */
  interrupt(): void;
  close(): Promise<void>;
}

/**
 * `read` changes nothing: also when it is closed last, the write-ahead log stays as it is, with what can't be read any
 * more. `create` makes the file if need be.
 */
export async function openRaw(
  path: string,
  { mode, busyTimeoutMs = BUSY_TIMEOUT_MS }: { readonly mode: "read" | "create"; readonly busyTimeoutMs?: number },
): Promise<RawSqlite> {
  const flags = mode === "read" ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE;
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, flags, (error) => (error === null ? resolve(opened) : reject(error)));
  });
  database.configure("busyTimeout", busyTimeoutMs);
  return {
    all: (sql, parameters = []) =>
      new Promise((resolve, reject) => {
        database.all<RawRow>(sql, parameters, (error, rows) => (error === null ? resolve(rows) : reject(error)));
      }),
    interrupt: () => database.interrupt(),
    close: () => new Promise((resolve) => database.close(() => resolve())),
  };
}
