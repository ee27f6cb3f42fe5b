import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { codeOf } from "../faults.ts";

/** An act of the journal, by its position and id. */
export interface MarkedAct {
  readonly position: number;
  readonly id: string;
}

/** How far the journal was known to go. */
export interface Mark {
  readonly position: number;
  /** Of the act at that position: the same position of another journal is not it. */
  readonly digest: string;
}

/** Always the same length, within one sector: it is overwritten in place, and is the old one or the new one. */
const BYTES = 256;
const FORMAT = 1;

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
export const markOf = ({ position, id }: MarkedAct): Mark => ({ position, digest: sha256(`${position} ${id}`) });
const checkOf = ({ position, digest }: Mark): string => sha256(`${FORMAT} ${position} ${digest}`).slice(0, 16);

function encode(mark: Mark): Buffer {
  const text = JSON.stringify({ format: FORMAT, ...mark, check: checkOf(mark) });
  return Buffer.from(`${text.padEnd(BYTES - 1)}\n`);
}

/** Null when there is none, `unreadable` when the file holds something else. */
export async function readMark(path: string): Promise<Mark | "unreadable" | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const { position, digest, check } = JSON.parse(text) as Mark & { readonly check: unknown };
    const mark = { position, digest };
    return Number.isSafeInteger(position) && check === checkOf(mark) ? mark : "unreadable";
  } catch {
    return "unreadable";
  }
}

/** A first mark is flushed and then named, so that there is never half of one. */
async function createMark(path: string, bytes: Buffer): Promise<void> {
  const fresh = await open(`${path}.new`, "w", 0o600);
  try {
    await fresh.write(bytes, 0, BYTES, 0);
    await fresh.sync();
  } finally {
    await fresh.close();
  }
  await rename(`${path}.new`, path);
}

/**
 * Not flushed: that would make commits wait. The mark of a process that was killed is there; after a loss of power it
 * may be an older one, never one ahead of what is durable.
 */
export async function writeMark(path: string, mark: Mark): Promise<void> {
  const bytes = encode(mark);
  try {
    const file = await open(path, "r+");
    try {
      await file.write(bytes, 0, BYTES, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await createMark(path, bytes);
  }
}
