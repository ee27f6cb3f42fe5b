import { existsSync } from "node:fs";
import { link, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, OperatorError } from "../database/faults.ts";

/** What was written, or put in its place. */
export interface BackedUp {
  readonly database: "sqlite" | "postgres";
  /** Position of the last act that is in the backup; 0: there is none. */
  readonly end: number;
  readonly bytes: number;
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

/** An empty file under the name that a backup has while it is written. @throws OperatorError where there is one, or a finished one */
export async function beginBackup(output: string): Promise<string> {
  if (existsSync(output)) throw new OperatorError(`${output} is there already`);
  const part = `${output}.part`;
  try {
    // Health data: it is the owner's alone.
    await (await open(part, "wx", 0o600)).close();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    throw new OperatorError(`${part} is there: another backup is under way, or one was broken off. If not, delete it`);
  }
  return part;
}

/** Gives a backup its name when all of it is durable. @throws OperatorError where there is a file of that name by now */
export async function finishBackup(part: string, output: string): Promise<void> {
  await syncFile(part);
  try {
    await link(part, output);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new OperatorError(`${output} is there already`);
    throw error;
  }
  await rm(part);
  await syncFolderOf(output);
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
