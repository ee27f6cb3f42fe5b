import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { link, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { codeOf, OperatorError } from "../database/faults.ts";

/** What was written, or put in its place. */
export interface BackedUp {
  readonly database: "sqlite" | "postgres";
  /** Position of the last act that is in the backup; 0: there is none. */
  readonly end: number;
  readonly bytes: number;
  /** Of the backup's file, in hexadecimal. */
  readonly sha256: string;
}

/** How far it is: bytes for a file, rows for a server; `total` is an estimate. */
export type OnProgress = (done: number, total: number) => void;

/** A name is durable only when the folder that it stands in is. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const PART_ENDS = ".part";

/** An empty file under a name of its own, which no backup that was killed has taken. @throws OperatorError where there is a finished one */
export async function beginBackup(output: string): Promise<string> {
  if (existsSync(output)) throw new OperatorError(`${output} is there already`);
  const part = `${output}.${randomUUID()}${PART_ENDS}`;
  try {
    // Health data: it is the owner's alone.
    await (await open(part, "wx", 0o600)).close();
  } catch (error) {
    throw new OperatorError(`${part} can't be written: ${codeOf(error)}`);
  }
  return part;
}

/** What backups under a name have begun and not finished: they were killed, or are under way. */
export async function unfinishedOf(output: string): Promise<readonly string[]> {
  const names = await readdir(dirname(output));
  const isPart = (name: string): boolean => name.startsWith(`${basename(output)}.`) && name.endsWith(PART_ENDS);
  return names
    .filter(isPart)
    .sort()
    .map((name) => join(dirname(output), name));
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

const digestFile = (backup: string): string => `${backup}.sha256`;

/**
 * That a backup is the one that was written: by a digest that somebody kept, or else by the one that stands beside it.
 * @throws OperatorError
 */
export async function requireDigest(backup: string, kept: string | null): Promise<string> {
  const beside = await readFile(digestFile(backup), "utf8").catch(() => null);
  const wanted = kept ?? beside?.split(/\s/)[0] ?? null;
  if (wanted === null)
    throw new OperatorError(
      `${digestFile(backup)} is not there: put it beside the backup, or give its digest by --sha256`,
    );
  const found = await sha256Of(backup);
  if (found !== wanted.toLowerCase())
    throw new OperatorError(`the backup was cut off or changed: its SHA-256 is ${found}, and was ${wanted}`);
  return found;
}

/**
 * Gives a backup its name when all of it is durable, and puts its digest beside it, as `sha256sum --check` reads it.
 * @throws OperatorError where there is a file of that name by now
 */
export async function finishBackup(part: string, output: string): Promise<string> {
  await syncFile(part);
  const sha256 = await sha256Of(part);
  try {
    await link(part, output);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new OperatorError(`${output} is there already`);
    throw error;
  }
  await rm(part);
  await writeFile(digestFile(output), `${sha256}  ${basename(output)}\n`, { mode: 0o600, flush: true });
  await syncFolderOf(output);
  return sha256;
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
