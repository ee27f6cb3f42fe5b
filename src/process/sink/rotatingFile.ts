import { type FileHandle, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { beginsSinkLine, isSinkLine } from "../../domain/audit/sink/sinkLine.ts";
import type { Clock } from "../../domain/kernel/ports.ts";
import { day } from "../../domain/kernel/time.ts";
import { fileProblem } from "../fileProblem.ts";
import { within } from "../shutdown.ts";
import type { SinkOutcome, SinkTarget } from "./sinkTarget.ts";

const MOST = 1_000;
const TIMEOUT_MS = 10_000;
/** What is read at once of a file's end. */
const TAIL = 64 * 1024;
const LINE_FEED = 0x0a;
/** Bytes of the longest line that is looked at to tell whose a file is. */
const LONGEST = 16 * 1024 * 1024;
/** Bytes of half a line that tell the same. */
const BEGINNING = 16;
/** Digits of the number that a file gets when another takes its place. */
const NUMBER_DIGITS = 6;

export interface RotatingFileOptions {
  readonly path: string;
  /** Bytes of one file: it is full before the line that would go beyond. One line at least is in each. */
  readonly maxBytes: number;
  /** Whether a file has acts that were written on one day (UTC) alone. */
  readonly daily: boolean;
  /** How many full files are kept. */
  readonly keep: number;
}

/** A file that is written to, and what was known of it when it was opened. */
interface Opened {
  readonly handle: FileHandle;
  readonly ino: number;
  readonly dev: number;
  readonly mode: number;
  size: number;
  /** On which day it was written to last. */
  day: string;
}

/** What stands under the name was not written by a sink. */
class NotOurs extends Error {}

/** In words for an operator. */
function reasonOf(error: unknown): string {
  if (error instanceof NotOurs) return "what stands there is no file of a sink; name another, or move it away";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? `the file can't be written: ${code}` : "the file can't be written";
}

/** Where the last line that ends before a place begins; 0: it is the first one. */
async function lastLineBefore(handle: FileHandle, end: number): Promise<number> {
  const buffer = Buffer.alloc(TAIL);
  for (let to = end; to > 0; ) {
    const begin = Math.max(0, to - TAIL);
    const { bytesRead } = await handle.read(buffer, 0, to - begin, begin);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (at >= 0) return begin + at + 1;
    to = begin;
  }
  return 0;
}

/** The text from a place on: of the line that begins there, or of so many bytes. */
async function textAt(handle: FileHandle, begin: number, most: number): Promise<string> {
  const parts: Buffer[] = [];
  for (let length = 0; length < most; ) {
    const buffer = Buffer.alloc(Math.min(TAIL, most - length));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, begin + length);
    const end = buffer.subarray(0, bytesRead).indexOf(LINE_FEED);
    parts.push(buffer.subarray(0, end < 0 ? bytesRead : end));
    if (end >= 0 || bytesRead === 0) break;
    length += bytesRead;
  }
  return Buffer.concat(parts).toString("utf8");
}

/**
 * How many bytes of a file are whole lines. Whatever else stands under that name, a database, a log or an export, must not be added to,
 * nor cut: its first line, its last one, and the half of one that a crash left are those of a sink.
 * @throws NotOurs
 */
async function wholeLines(handle: FileHandle, size: number): Promise<number> {
  const whole = await lastLineBefore(handle, size);
  const rest = whole < size ? await textAt(handle, whole, Math.min(BEGINNING, size - whole)) : "";
  const isOurs =
    beginsSinkLine(rest) &&
    (whole === 0 ||
      (isSinkLine(await textAt(handle, 0, LONGEST)) &&
        isSinkLine(await textAt(handle, await lastLineBefore(handle, whole - 1), LONGEST))));
  if (!isOurs) throw new NotOurs();
  return whole;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Why a sink could not write a file; null: it can, or whether it could is not to be known now. Nothing of it changes. */
export async function sinkFileProblem(path: string): Promise<string | null> {
  const problem = fileProblem(path, "in a folder");
  if (problem !== null) return problem;
  const handle = await open(path, "r").catch(() => null);
  try {
    if (handle !== null) await wholeLines(handle, (await handle.stat()).size);
    return null;
  } catch (error) {
    return error instanceof NotOurs ? `must be a file of its own: ${reasonOf(error)}` : null;
  } finally {
    await handle?.close();
  }
}

/** The files that others took the place of, by their numbers: a name, a point, digits. */
async function fullFiles(path: string): Promise<readonly { readonly file: string; readonly number: number }[]> {
  const name = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names
    .filter((each) => each.startsWith(name) && /^\d{6,7}$/.test(each.slice(name.length)))
    .map((each) => ({ file: join(dirname(path), each), number: Number(each.slice(name.length)) }))
    .sort((a, b) => a.number - b.number);
}

async function openAt(path: string, now: number, mode: number): Promise<Opened> {
  const handle = await open(path, "a+", mode);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new NotOurs();
    const size = await wholeLines(handle, found.size);
    // A line that a crash cut in two comes again, whole.
    if (size < found.size) await handle.truncate(size);
    if (found.size === 0) await syncFolder(path);
    const { dev, ino } = found;
    return { handle, dev, ino, mode: found.mode & 0o777, size, day: day(size === 0 ? now : found.mtimeMs) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * A file to which lines are added, durably before they count as delivered. A full one is renamed to its name with the next number, and the
 * oldest of those go. It is written to by one instance at a time; whatever else moves it away is noticed before the next batch.
 *
 * No library: rotating-file-stream 3.2.10 and file-stream-rotator 1.0.0 never flush to the disk; pino-roll 4.0.0 takes the next file only when one
 * is too long already; and none cuts the half of a line that a crash left.
 */
export function createRotatingFile({
  clock,
  daily,
  keep,
  maxBytes,
  path,
}: RotatingFileOptions & { readonly clock: Clock }): SinkTarget {
  let file: Opened | null = null;
  /** What hangs: nothing else is begun beside it. */
  let hanging: Promise<unknown> | null = null;

  async function close(): Promise<void> {
    const old = file;
    file = null;
    await old?.handle.close().catch(() => undefined);
  }

  async function current(): Promise<Opened> {
    if (file !== null) {
      const [there, own] = [await stat(path).catch(() => null), await file.handle.stat()];
      if (there?.ino === file.ino && there.dev === file.dev && own.size === file.size) return file;
      await close();
    }
    file = await openAt(path, clock(), 0o600);
    return file;
  }

  async function rotate({ mode }: Opened): Promise<Opened> {
    await close();
    const full = await fullFiles(path);
    const number = (full.at(-1)?.number ?? 0) + 1;
    const target = `${path}.${String(number).padStart(NUMBER_DIGITS, "0")}`;
    await rename(path, target);
    const next = await openAt(path, clock(), mode);
    await next.handle.chmod(mode);
    file = next;
    await syncFolder(path);
    // What can't be removed now is removed with the next one.
    for (const { file: old } of [...full, { file: target }].slice(0, -keep)) await unlink(old).catch(() => undefined);
    return next;
  }

  async function append(to: Opened, lines: readonly Buffer[]): Promise<void> {
    const data = Buffer.concat(lines);
    try {
      for (let at = 0; at < data.length; ) at += (await to.handle.write(data, at)).bytesWritten;
      await to.handle.sync();
    } catch (error) {
      // Half of a batch would stand there before all of it comes again.
      await to.handle.truncate(to.size).catch(() => undefined);
      await close();
      throw error;
    }
    to.size += data.length;
    to.day = day(clock());
  }

  async function write(lines: readonly Buffer[]): Promise<void> {
    let to = await current();
    if (daily && to.size > 0 && to.day !== day(clock())) to = await rotate(to);
    let waiting: Buffer[] = [];
    let bytes = to.size;
    for (const line of lines) {
      if (bytes > 0 && bytes + line.length > maxBytes) {
        if (waiting.length > 0) await append(to, waiting);
        to = await rotate(to);
        [waiting, bytes] = [[], 0];
      }
      waiting.push(line);
      bytes += line.length;
    }
    if (waiting.length > 0) await append(to, waiting);
  }

  return {
    most: MOST,
    timeoutMs: TIMEOUT_MS,
    async deliver(events): Promise<SinkOutcome> {
      const silent = {
        kind: "FAILED",
        status: null,
        error: `the file did not answer within ${TIMEOUT_MS} ms`,
      } as const;
      if (hanging !== null) return silent;
      let failed: unknown = null;
      const writing = write(events.map(({ text }) => Buffer.from(`${text}\n`, "utf8"))).catch((error: unknown) => {
        failed = error;
      });
      hanging = writing.finally(() => {
        hanging = null;
      });
      // A mount that hangs keeps a thread, but nobody who waits.
      if (!(await within(TIMEOUT_MS, hanging))) return silent;
      return failed === null ? { kind: "DELIVERED" } : { kind: "FAILED", status: null, error: reasonOf(failed) };
    },
    async close() {
      if (hanging === null) await close();
    },
  };
}
