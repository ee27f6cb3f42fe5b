import { createReadStream } from "node:fs";
import { lstat, rm } from "node:fs/promises";
import { badUsage } from "./exit.ts";

/** What SQLite and the service keep beside a database, by what is added to its name; but for the lock, which may stay. */
const BESIDE = ["-journal", "-shm", "-wal", ".mark", ".mark.new", ".checkpoint-key"];

/** With each start the demo makes keys and says so: no other database has this on record. */
export const DEMO_STARTED = "scopewarden demo was started";

async function contains(path: string, text: string): Promise<boolean> {
  let tail = "";
  try {
    for await (const part of createReadStream(path, "latin1")) {
      const seen = tail + part;
      if (seen.includes(text)) return true;
      tail = seen.slice(-text.length);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return false;
}

/** The database and what is beside it, as far as it is there. @throws CliError for what is no file. */
async function filesOf(database: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of [database, ...BESIDE.map((suffix) => `${database}${suffix}`)]) {
    const stat = await lstat(path).catch(() => null);
    if (stat === null) continue;
    if (!stat.isFile()) throw badUsage(`${path} is not a file of its own, so nothing was deleted.`);
    found.push(path);
  }
  return found;
}

export const isThere = async (database: string): Promise<boolean> => (await lstat(database).catch(() => null)) !== null;

/** What `deleteDemo` does while nobody else has the database. */
async function deleteFiles(database: string): Promise<readonly string[]> {
  const files = await filesOf(database);
  const isDemo = (await contains(database, DEMO_STARTED)) || (await contains(`${database}-wal`, DEMO_STARTED));
  if (!isDemo)
    throw badUsage(
      `${database} does not look like the database of a demo, so nothing was deleted.`,
      "If nobody needs it, delete it yourself.",
    );
  for (const path of files) await rm(path);
  return files;
}

/**
 * Deletes the demo's database with what belongs to it, and returns what it deleted. It need not be one that can still be
 * opened. @throws CliError, with nothing deleted, while a service has it, and for a database that no demo has written to.
 */
export async function deleteDemo(database: string): Promise<readonly string[]> {
  if ((await filesOf(database)).length === 0) return [];
  const { takeLock } = await import("../storage/database/file/fileLock.ts");
  const lock = await takeLock(`${database}.lock`, 0);
  if (lock === null) throw badUsage(`${database} is in use: a demo is running. Stop it first; nothing was deleted.`);
  try {
    return await deleteFiles(database);
  } finally {
    await lock.release();
  }
}
