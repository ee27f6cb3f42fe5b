import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { StorageLog } from "../connection.ts";
import { codeOf, describe, OperatorError } from "../faults.ts";
import { type CheckBehind, checkBehind } from "./checkBehind.ts";
import { checkFile, lastAct, type ReadContents } from "./checkFile.ts";
import { changeText, createFileIdentity } from "./fileIdentity.ts";
import { takeLock } from "./fileLock.ts";
import {
  type Acceptable,
  FileNotAsItWas,
  findingText,
  type IndexDamaged,
  isAcceptable,
  isOfIndex,
} from "./findings.ts";
import { endFollower } from "./followerFile.ts";
import { type Mark, markOf, writeMark } from "./highWaterMark.ts";
import { openRaw, type RawSqlite } from "./rawSqlite.ts";

const CHECK_WITHIN_MS = 2_000;
/** So long a service that starts waits for one that ends. */
const LOCK_WAIT_MS = 2_000;
const LOOK_EVERY_MS = 100;
const CHECK_EVERY_MS = 24 * 60 * 60 * 1000;
/** While the whole file is checked the log can only grow: beyond this the check is put off. */
const LOG_TOO_LONG = 1024 * 1024 * 1024;

/** The path with every link followed: one file has one lock and one mark, whatever it is called. */
export async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return join(await realpath(dirname(path)), basename(path));
  }
}

export interface DatabaseFileOptions {
  readonly path: string;
  /**
   * Beside a service that may be running, for a command that writes little: where another process has the lock, this
   * one does without, and leaves all that is checked and kept to that one.
   */
  readonly beside: boolean;
  /** Goes on where acts are missing, as somebody has accepted that. */
  readonly accepted: boolean;
  readonly readContents: ReadContents;
  /** The module that is run to check what the start had no time for. */
  readonly checkModule: string;
  readonly log: StorageLog;
  /** For tests. */
  readonly checkWithinMs?: number | undefined;
  readonly checkEveryMs?: number | undefined;
}

interface WatchFile {
  /** The file is not what it was. */
  readonly fault: () => void;
  readonly indexDamage: (findings: readonly IndexDamaged[]) => void;
}

/** A database that is a file, and what is looked at beside what SQLite looks at itself. */
export interface DatabaseFile {
  /** What was found at the start, and accepted. */
  readonly found: readonly Acceptable[];
  /** What of the search index was found damaged at the start. */
  readonly indexDamage: readonly IndexDamaged[];
  /**
   * That what was committed until now is in the files that bear the names, and no damage was found. Looked at before
   * and after each use of the writer: a file that was cut down grows again with the next commit.
   * @throws Error in words for the operator.
   */
  requireSound(): void;
  /** Before anything is written again after a fault. @throws Error when the file is not as it must be. */
  recheck(): Promise<void>;
  /** Begins to look at the files at intervals, to keep the mark, and to check the whole file, at once where the start had no time for it, and once a day. */
  watch(on: WatchFile): Promise<void>;
  /** Keeps the last mark. */
  stopWatching(): Promise<void>;
  release(): Promise<void>;
}

const inUse = (path: string): OperatorError =>
  new OperatorError(
    `the database ${path} is in use by another process, which holds ${path}.lock. Stop that one first, or give this one a DATABASE_URL of its own; several instances need PostgreSQL`,
  );

/**
 * Takes the lock of a file, and checks the file before anything is written to it.
 * @throws Error in words for the operator: another process has it, or it is not as it was left.
 */
export async function openDatabaseFile(options: DatabaseFileOptions): Promise<DatabaseFile> {
  const { log, readContents, checkModule, beside, accepted } = options;
  const { checkEveryMs = CHECK_EVERY_MS, checkWithinMs = CHECK_WITHIN_MS } = options;
  await mkdir(dirname(options.path), { recursive: true });
  const path = await resolved(options.path);
  const markPath = `${path}.mark`;
  const lock = await takeLock(`${path}.lock`, beside ? 0 : LOCK_WAIT_MS);
  if (lock === null && !beside) throw inUse(path);
  const identity = createFileIdentity(path);
  let found: readonly Acceptable[] = [];
  let indexDamage: readonly IndexDamaged[] = [];
  let whole = true;
  let marked: Mark | null = null;
  let damage: string | null = null;
  /** What was seen between two commits, until the writer has looked for itself. */
  let fault: string | null = null;
  let reader: RawSqlite | null = null;
  let behind: CheckBehind | null = null;
  let timer: NodeJS.Timeout | undefined;
  let keeping: Promise<void> | null = null;
  let markFails = false;
  let watching = false;

  async function checkAtStart(): Promise<void> {
    const check = await checkFile({ path, withinMs: checkWithinMs, readContents });
    found = check.findings.filter(isAcceptable);
    indexDamage = check.findings.filter(isOfIndex);
    if (found.length + indexDamage.length < check.findings.length || (found.length > 0 && !accepted))
      throw new FileNotAsItWas(path, check.findings);
    for (const finding of found)
      log({ level: "warn", message: "Accepted, and put on record.", detail: findingText(finding, path) });
    if (check.mark === null && check.end > 0)
      log({
        level: "warn",
        message: "There is no high-water mark beside the database: what may be missing at its end can't be seen.",
        detail: markPath,
      });
    marked = check.mark === "unreadable" ? null : check.mark;
    whole = check.whole;
  }

  /** What was acknowledged must be there after a file has shrunk; what was only cleared away may go. */
  async function requireWhole(): Promise<void> {
    const { findings } = await checkFile({ path, readContents });
    const lost = findings.filter((finding) => finding.kind !== "MARK_UNREADABLE" && !isOfIndex(finding));
    if (lost.length > 0) throw new FileNotAsItWas(path, lost);
  }

  function look(which: "at commits" | "all"): void {
    const known = damage ?? fault;
    if (known !== null) throw new OperatorError(known);
    const change = identity.look(which);
    if (change === null) return;
    fault = changeText(change);
    throw new OperatorError(fault);
  }

  async function keepMark(): Promise<void> {
    if (reader === null) return;
    try {
      const last = await lastAct(reader);
      if (last === null) return;
      const mark = markOf(last);
      if (mark.digest === marked?.digest) return;
      await writeMark(markPath, mark);
      marked = mark;
      if (markFails) log({ level: "info", message: "The high-water mark can be written again." });
      markFails = false;
    } catch (error) {
      if (!markFails)
        log({ level: "error", message: "The high-water mark could not be written.", detail: describe(error) });
      markFails = true;
    }
  }

  async function round(onFault: () => void): Promise<void> {
    try {
      look("all");
      keeping = keepMark();
      await keeping;
      if (behind?.running && identity.logSize() > LOG_TOO_LONG) behind.putOff();
    } catch {
      onFault();
    }
    if (!watching) return;
    timer = setTimeout(() => void round(onFault), LOOK_EVERY_MS);
    timer.unref();
  }

  try {
    if (lock !== null) {
      await endFollower(path);
      await checkAtStart();
    }
  } catch (error) {
    await lock?.release();
    throw error;
  }
  return {
    found,
    indexDamage,
    requireSound: () => look("at commits"),
    async recheck() {
      if (damage !== null) throw new OperatorError(damage);
      fault = null;
      const change = identity.look("all");
      if (change === null) return;
      if (change.kind !== "shrunk") throw new OperatorError(changeText(change));
      await requireWhole();
      identity.takeSizes();
      log({
        level: "warn",
        message: "A file was cut down; everything that was committed is there.",
        detail: changeText(change),
      });
    },
    async watch({ fault: onFault, indexDamage: onIndexDamage }) {
      if (lock === null) return;
      reader = await openRaw(path, { mode: "read" });
      watching = true;
      behind = checkBehind({
        ...{ path, module: checkModule, log, onIndexDamage },
        isDue: !whole,
        everyMs: checkEveryMs,
        onDamage(text) {
          damage = text;
          log({ level: "error", message: "The database is damaged: no more decisions.", detail: text });
          onFault();
        },
      });
      await round(onFault);
    },
    async stopWatching() {
      watching = false;
      clearTimeout(timer);
      behind?.stop();
      await keeping;
      try {
        look("all");
        await keepMark();
      } catch {
        // Not this journal any more: the mark stays where it was.
      }
      await reader?.close();
      reader = null;
    },
    release: async () => lock?.release(),
  };
}
