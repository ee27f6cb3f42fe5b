import { createReadStream, createWriteStream, existsSync, statSync } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { readContents } from "../check/databaseContents.ts";
import { OperatorError } from "../database/faults.ts";
import { checkFile } from "../database/file/checkFile.ts";
import { resolved } from "../database/file/databaseFile.ts";
import { takeLock } from "../database/file/fileLock.ts";
import { findingText, isOfIndex } from "../database/file/findings.ts";
import { openRaw } from "../database/file/rawSqlite.ts";
import { type BackedUp, beginBackup, finishBackup, type OnProgress, syncFile, syncFolderOf } from "./backupFile.ts";

const LOOK_EVERY_MS = 200;

/** Tells how large a file has grown, while `work` is at it. */
async function whileGrowing<T>(path: string, total: number, progress: OnProgress, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    progress(Math.min(total, statSync(path, { throwIfNoEntry: false })?.size ?? 0), total);
  }, LOOK_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** @throws OperatorError unless every page, but for what the search index keeps in its own, is sound and nothing is missing at the journal's end */
async function requireSound(path: string, called: string): Promise<number> {
  const { end, findings: all } = await checkFile({ path, readContents });
  // It is made again where the backup is started.
  const findings = all.filter((finding) => !isOfIndex(finding));
  if (findings.length > 0) throw new OperatorError(findings.map((finding) => findingText(finding, called)).join("; "));
  return end;
}

/**
 * One read of the whole file, as of one moment, into a compact one. Decisions go on meanwhile, and the write-ahead log of the
 * database grows until it is done.
 */
export async function backUpSqlite({
  path: named,
  output,
  progress,
}: {
  readonly path: string;
  readonly output: string;
  readonly progress: OnProgress;
}): Promise<BackedUp> {
  if (!existsSync(named)) throw new OperatorError(`there is no database ${named}`);
  const path = await resolved(named);
  const part = await beginBackup(output);
  const database = await openRaw(path, { mode: "read" });
  try {
    const size = Number(Object.values((await database.all("PRAGMA page_count"))[0] ?? {})[0] ?? 0);
    const page = Number(Object.values((await database.all("PRAGMA page_size"))[0] ?? {})[0] ?? 0);
    await whileGrowing(part, size * page, progress, () => database.all("VACUUM INTO ?", [part]));
    const end = await requireSound(part, output);
    const sha256 = await finishBackup(part, output);
    return { database: "sqlite", end, bytes: (await stat(output)).size, sha256 };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await database.close();
  }
}

/** A mark that stands where the database stood is left: by it the next start sees what the backup lacks. */
export async function restoreSqlite({
  path,
  backup,
  sha256,
  progress,
}: {
  readonly path: string;
  readonly backup: string;
  readonly sha256: string;
  readonly progress: OnProgress;
}): Promise<BackedUp> {
  await mkdir(dirname(path), { recursive: true });
  const lock = await takeLock(`${path}.lock`, 0);
  if (lock === null) throw new OperatorError(`the database ${path} is in use by another process`);
  const part = `${path}.restoring`;
  try {
    for (const file of [path, `${path}-wal`, `${path}-shm`])
      if (existsSync(file))
        throw new OperatorError(
          `${file} is there: a backup is only put in an empty place. Move it away, or restore elsewhere`,
        );
    const end = await requireSound(backup, backup);
    const { size } = await stat(backup);
    await rm(part, { force: true });
    await (await open(part, "wx", 0o600)).close();
    await whileGrowing(part, size, progress, () =>
      pipeline(createReadStream(backup), createWriteStream(part, { flags: "r+" })),
    );
    await syncFile(part);
    await rename(part, path);
    await syncFolderOf(path);
    return { database: "sqlite", end, bytes: size, sha256 };
  } finally {
    await rm(part, { force: true });
    await lock.release();
  }
}
