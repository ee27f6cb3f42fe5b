import type { RawRow, StorageLog } from "./database/connection.ts";
import { copyLog } from "./database/copyLog.ts";
import { closeQuietly, openConnection, statementCounter } from "./database/dataSource.ts";
import type { Dialect } from "./database/dialect.ts";
import { startHeartbeat } from "./database/heartbeat.ts";
import { probe } from "./database/probe.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import { openWriter, type Writer } from "./database/writer.ts";
import type { FollowerWriter } from "./journal/stepTaker.ts";

const HEARTBEAT_MS = 1_000;

/** Opens a connection that writes, to a database that a service has opened before. */
async function openWriting(dialect: Dialect) {
  const connection = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
  try {
    await dialect.requireDurable(connection.run);
    if (dialect.checkpoints !== null) await connection.run(dialect.checkpoints.leave);
    await probe({ dialect, run: connection.run, clock: Date.now });
    // What it writes is derived. A step that puts acts on record says so.
    if (dialect.unflushed.leave !== null) await connection.run(dialect.unflushed.leave);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** What writes the steps of followers beside the service's own writer. */
export interface StepWriter extends FollowerWriter {
  /** Is told how far the journal goes. */
  appended(position: number): void;
  close(): Promise<void>;
}

/**
 * A connection for the steps of followers: what fails on it leaves the service's own as it is. Where the database is a file it writes in
 * turns of the service's writer, and the file's log of commits is copied beside the commits.
 */
export async function openStepWriter({
  dialect,
  log,
  service,
}: {
  readonly dialect: Dialect;
  readonly log: StorageLog;
  /** The service's writer. */
  readonly service: Pick<Writer, "tryOnce">;
}): Promise<StepWriter> {
  const writer = await retryWhileBusy(() => openWriter({ open: () => openWriting(dialect), log }));
  if (dialect.checkpoints === null) {
    const stop = startHeartbeat({ writer, dialect, everyMs: HEARTBEAT_MS });
    return {
      tryOnce: writer.tryOnce,
      appended() {},
      async close() {
        stop();
        await writer.close();
      },
    };
  }
  /** What fails in a turn is no fault of the service's connection, which the service's writer would give up. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const done = await service.tryOnce(async () => {
      try {
        return { value: await work() };
      } catch (error) {
        return { error };
      }
    });
    if ("error" in done) throw done.error;
    return done.value;
  };
  const apart = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter() })).catch(
    async (error: unknown) => {
      await writer.close();
      throw error;
    },
  );
  const copying = copyLog({
    checkpoints: dialect.checkpoints,
    inTurn,
    query: (sql) => apart.query<RawRow[]>(sql),
  });
  return {
    unflushed: true,
    tryOnce: (job) => inTurn(() => writer.tryOnce(job)).finally(copying.stepped),
    appended: copying.appended,
    async close() {
      await copying.close();
      await closeQuietly(apart);
      await writer.close();
    },
  };
}
