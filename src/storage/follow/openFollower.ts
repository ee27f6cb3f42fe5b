import { randomUUID } from "node:crypto";
import type { StorageLog } from "../database/connection.ts";
import { closeQuietly, openConnection, statementCounter } from "../database/dataSource.ts";
import type { Dialect } from "../database/dialect.ts";
import { openReadConnections } from "../database/readConnections.ts";
import { retryWhileBusy } from "../database/retryWhileBusy.ts";
import { openWriter } from "../database/writer.ts";
import type { Consumer } from "../journal/consumer.ts";
import { type FollowLoop, type FollowLoopOptions, startFollowLoop } from "./followLoop.ts";

/** Follows the journal of a database that a service has opened, on two connections of its own: one that reads, one that writes. */
export async function openFollower({
  consumers,
  dialect,
  instance = randomUUID(),
  log,
  options,
}: {
  readonly consumers: readonly (readonly Consumer[])[];
  readonly dialect: Dialect;
  /** What tells this instance from the others; absent: it is made up. */
  readonly instance?: string | undefined;
  readonly log: StorageLog;
  readonly options?: FollowLoopOptions | undefined;
}): Promise<FollowLoop> {
  const counter = statementCounter();
  const reading = await retryWhileBusy(() => openReadConnections({ dialect, counter }));
  const reads = dialect.preparingReads(reading);
  const closeReads = async (): Promise<void> => {
    await reads.release();
    await closeQuietly(reading);
  };
  try {
    const open = () => openConnection({ dialect, purpose: "follow", counter });
    const writer = await retryWhileBusy(() => openWriter({ open, log }));
    const loop = await startFollowLoop({
      ...{ consumers, dialect, instance, log, select: reads.rows, writer },
      ...(options !== undefined && { options }),
    }).catch(async (error: unknown) => {
      await writer.close();
      throw error;
    });
    return {
      ...loop,
      async close() {
        await loop.close();
        await writer.close();
        await closeReads();
      },
    };
  } catch (error) {
    await closeReads();
    throw error;
  }
}
