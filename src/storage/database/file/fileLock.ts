import { codeOf } from "../faults.ts";
import { openRaw } from "./rawSqlite.ts";

export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a database, which is a file beside it, for one process at a time; null when another process keeps it
 * for longer than `waitMs`. Whoever only reads needs no lock, and is not kept out. SQLite locks the file through the kernel, which lets go of it
 * when the process ends, however it ends: there are no stale locks, and no file to delete by hand.
 */
export async function takeLock(path: string, waitMs: number): Promise<FileLock | null> {
  const lock = await openRaw(path, { mode: "create", busyTimeoutMs: waitMs });
  try {
    // Nothing is ever written: no other file is needed beside it.
    await lock.all("PRAGMA journal_mode = MEMORY");
    await lock.all("BEGIN EXCLUSIVE");
    return { release: () => lock.close() };
  } catch (error) {
    await lock.close();
    if (codeOf(error) === "SQLITE_BUSY") return null;
    throw error;
  }
}
