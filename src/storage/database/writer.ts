import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Connection, StorageLog } from "./connection.ts";
import { describe, scrubbed } from "./faults.ts";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/**
 * One use of the writer's connection. It throws a ScopewardenError only for its own reasons and with the connection
 * clean (no transaction open); any other error means that the connection can't be trusted. It may be run twice:
 * `retry` says that an earlier run ended without a known outcome, and may have been committed.
 */
export type WriterJob<T> = (use: Pick<Connection, "run" | "change"> & { readonly retry: boolean }) => Promise<T>;

interface WriterStatus {
  readonly ready: boolean;
  readonly failures: number;
  readonly lastError: string | null;
}

export interface Writer extends WriterStatus {
  /** Runs jobs one at a time, in the order in which they came. Rejects at once while the writer is not ready. */
  write<T>(job: WriterJob<T>): Promise<T>;
  /**
   * As `write`, for work that others must not suffer from: after an error it is not run again, and the writer goes on
   * with a new connection if that can write.
   */
  tryOnce<T>(job: WriterJob<T>): Promise<T>;
  /** Milliseconds in which jobs have run since the start. */
  readonly busyMs: number;
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
  readonly log: StorageLog;
}): Promise<Writer> {
  let connection: Connection | null = await deps.open();
  let tail: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let ready = true;
  let failures = 0;
  let busyMs = 0;
  let lastError: string | null = null;
  const listeners = new Set<(ready: boolean) => void>();

  function note(error: unknown): void {
    failures++;
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

  function tryLater(delay: number): void {
    if (closed) return;
    timer = setTimeout(async () => {
      timer = null;
      try {
        const opened = await deps.open();
        if (closed) return await opened.close();
        connection = opened;
        setReady(true);
      } catch (error) {
        note(error);
        tryLater(Math.min(delay * 2, LONGEST_DELAY_MS));
      }
    }, delay);
    timer.unref();
  }

  async function attempt<T>(job: WriterJob<T>, again: boolean): Promise<T> {
    if (connection === null) throw new Error(lastError ?? "the writer is closed");
    let failure: unknown;
    try {
      const { run, change } = connection;
      return await job({ run, change, retry: false });
    } catch (error) {
      if (error instanceof ScopewardenError) throw error;
      note(error);
      failure = error;
    }
    try {
      await discard();
      connection = await deps.open();
      const { run, change } = connection;
      if (again) return await job({ run, change, retry: true });
    } catch (error) {
      if (error instanceof ScopewardenError) throw error;
      note(error);
      failure = error;
      await discard();
      setReady(false);
      tryLater(FIRST_DELAY_MS);
    }
    throw scrubbed(failure);
  }

  function enqueue<T>(job: WriterJob<T>, again: boolean): Promise<T> {
    if (closed) return Promise.reject(new Error("the writer is closed"));
    const turn = tail.then(async () => {
      const since = performance.now();
      try {
        return await attempt(job, again);
      } finally {
        busyMs += performance.now() - since;
      }
    });
    tail = turn.catch(() => {});
    return turn;
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
    get busyMs() {
      return busyMs;
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
      await tail;
      await discard();
    },
  };
}
