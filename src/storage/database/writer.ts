import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { within } from "../../process/shutdown.ts";
import type { Connection, StorageLog } from "./connection.ts";
import { describe, isLate, scrubbed } from "./faults.ts";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** After a fault a job waits for a new connection until this long after its begin; then it is refused. */
const PATIENCE_MS = 800;

/**
 * One use of the writer's connection. It throws a ScopewardenError only for its own reasons and with the connection
 * clean (no transaction open); any other error means that the connection can't be trusted. It may be run twice:
 * `retry` says that an earlier run ended without a known outcome, and may have been committed.
 */
export type WriterJob<T> = (
  use: Pick<Connection, "run" | "change" | "select"> & { readonly retry: boolean },
) => Promise<T>;

interface WriterStatus {
  readonly ready: boolean;
  readonly failures: number;
  readonly lastError: string | null;
}

export interface Writer extends WriterStatus {
  /** Runs jobs one at a time, in the order in which they came. Rejects at once while the writer is not ready. */
  write<T>(job: WriterJob<T>): Promise<T>;
  /** As `write`, but after an error it is not run again, and the writer goes on with a new connection if that can write. */
  tryOnce<T>(job: WriterJob<T>): Promise<T>;
  onChange(listener: (ready: boolean) => void): () => void;
  /** Ends when all jobs have; takes no new ones. */
  close(): Promise<void>;
}

/**
 * The one connection that writes. After an error that no job has judged, the connection is thrown away: TypeORM and
 * SQLite may disagree about whether a transaction is open (after SQLITE_FULL they do), and writes on it can be
 * acknowledged and never committed. A new one counts only after a durable probe write.
 */
export async function openWriter(deps: {
  /** A new connection, its durability verified, its probe row written and committed. */
  readonly open: () => Promise<Connection>;
  /** Throws when the database is not what it was; asked before and after each job. */
  readonly requireSound?: () => void;
  readonly log: StorageLog;
}): Promise<Writer> {
  let connection: Connection | null = await deps.open();
  const queue: (() => Promise<void>)[] = [];
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let ready = true;
  let failures = 0;
  let lastFault: unknown = null;
  let lastError: string | null = null;
  const listeners = new Set<(ready: boolean) => void>();

  function note(error: unknown): void {
    failures++;
    lastFault = error;
    lastError = describe(error);
    deps.log({ level: "error", message: "The database could not be written.", detail: lastError });
  }

  function setReady(next: boolean): void {
    if (ready === next) return;
    ready = next;
    deps.log({
      level: next ? "info" : "error",
      message: next ? "The database can be written again." : "Not ready: the database can't be written.",
    });
    for (const listener of listeners) listener(next);
  }

  async function discard(): Promise<void> {
    const old = connection;
    connection = null;
    await old?.close();
  }

  /** Goes on with a new connection once there is one; says whether that was at once. Never rejects. */
  async function reopen(delay = FIRST_DELAY_MS): Promise<boolean> {
    try {
      await discard();
      const opened = await deps.open();
      if (closed) {
        await opened.close();
        return false;
      }
      connection = opened;
      setReady(true);
      return true;
    } catch (error) {
      note(error);
      setReady(false);
      // What came late has had its pause.
      reopenLater(isLate(error) ? FIRST_DELAY_MS : delay);
      return false;
    }
  }

  function reopenLater(delay: number): void {
    if (closed) return;
    timer = setTimeout(() => void reopen(Math.min(delay * 2, LONGEST_DELAY_MS)), delay);
    timer.unref();
  }

  async function use<T>({ run, change, select }: Connection, job: WriterJob<T>, retry: boolean): Promise<T> {
    deps.requireSound?.();
    const result = await job({ run, change, select, retry });
    deps.requireSound?.();
    return result;
  }

  async function attempt<T>(job: WriterJob<T>, again: boolean): Promise<T> {
    if (connection === null) throw new Error(lastError ?? "the writer is closed");
    const since = performance.now();
    try {
      return await use(connection, job, false);
    } catch (error) {
      if (error instanceof ScopewardenError) throw error;
      note(error);
    }
    const fault = lastFault;
    // Not asked again at once: whoever waits has waited long enough.
    if (isLate(fault)) setReady(false);
    const reopening = reopen();
    const left = Math.max(0, PATIENCE_MS - (performance.now() - since));
    const inTime = ready && (await within(left, reopening));
    if (inTime && connection !== null) {
      if (!again) throw scrubbed(fault);
      try {
        return await use(connection, job, true);
      } catch (error) {
        if (error instanceof ScopewardenError) throw error;
        note(error);
        await discard();
        setReady(false);
        reopenLater(FIRST_DELAY_MS);
        throw scrubbed(error);
      }
    }
    if (connection === null) setReady(false);
    throw scrubbed(lastFault);
  }

  async function runAll(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
    running = null;
  }

  function enqueue<T>(job: WriterJob<T>, again: boolean): Promise<T> {
    if (closed) return Promise.reject(new Error("the writer is closed"));
    return new Promise((resolve, reject) => {
      queue.push(() => attempt(job, again).then(resolve, reject));
      running ??= Promise.resolve().then(runAll);
    });
  }

  return {
    get ready() {
      return ready && !closed;
    },
    get failures() {
      return failures;
    },
    get lastError() {
      return lastError;
    },
    write: (job) => enqueue(job, true),
    tryOnce: (job) => enqueue(job, false),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await running;
      await discard();
    },
  };
}
