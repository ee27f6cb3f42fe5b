import type { NetworkPlace } from "../domain/monitoring/watchedDecision.ts";
import { answerWithin, LOOKUP_MS } from "./database/answerWithin.ts";
import type { RawRow, StorageLog } from "./database/connection.ts";
import { copyLog, type LogCopying } from "./database/copyLog.ts";
import { closeQuietly, openConnection, statementCounter } from "./database/dataSource.ts";
import type { Dialect } from "./database/dialect.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { startHeartbeat } from "./database/heartbeat.ts";
import { probe } from "./database/probe.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import { openWriter } from "./database/writer.ts";
import type { Follower } from "./journal/follower.ts";
import { type Followers, startFollowers } from "./journal/followers.ts";
import type { FollowerWriter } from "./journal/following.ts";
import type { DetectorFailures } from "./monitoring/detectorFailures.ts";
import { serviceFollowers } from "./serviceFollowers.ts";

/** Does work that writes when it is its turn, of all that write a file in this process. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Follows the journal elsewhere: in a thread that has connections of its own. What it is handed is of the service that appends to the
 * journal: its list, of which it needs the names and the bounds; turns of its writer, null where the database gives them itself; and who
 * is told of errors.
 */
export type FollowApart = (service: {
  readonly list: readonly Follower[];
  readonly inTurn: InTurn | null;
  readonly log: StorageLog;
  readonly failed: DetectorFailures["note"];
}) => Followers;

/** An act is taken after so long at most, as many together as have come: each step costs something of its own. */
const MOST_LATE_MS = 1_000;
/** As long as a step took, decisions have the writer for themselves. */
const PAUSES = 1;
const HEARTBEAT_MS = 1_000;

const takingTurns = (writer: FollowerWriter, inTurn: InTurn, stepped: () => void): FollowerWriter => ({
  get busyMs() {
    return writer.busyMs;
  },
  write: (job) => inTurn(() => writer.write(job)),
  tryOnce: (job) => inTurn(() => writer.tryOnce(job)).finally(stepped),
});

/** Opens a connection that writes, to a database that a service has opened before. */
async function openWriting(dialect: Dialect) {
  const connection = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
  try {
    await dialect.requireDurable(connection.run);
    if (dialect.checkpoints !== null) await connection.run(dialect.checkpoints.leave);
    await probe({ dialect, run: connection.run, clock: Date.now });
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The followers of a service's journal, with connections of their own, in a thread that does nothing else. */
export async function openFollowers({
  failed,
  inTurn,
  log,
  placeOf,
  source,
  url,
}: {
  readonly url: string;
  readonly placeOf: (ipAddress: string) => NetworkPlace | null;
  /** Names the service in what receivers of webhooks are told; null: nobody is told. */
  readonly source: string | null;
  readonly log: StorageLog;
  readonly failed: DetectorFailures["note"];
  readonly inTurn: InTurn;
}): Promise<Followers> {
  const dialect = dialectOf(url);
  const opened: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const reading = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter() }));
    opened.push(() => closeQuietly(reading));
    const behind = dialect.preparingReads(reading);
    opened.push(behind.release);
    const writer = await retryWhileBusy(() => openWriter({ open: () => openWriting(dialect), log }));
    opened.push(() => writer.close());
    if (dialect.file === null) opened.push(startHeartbeat({ writer, dialect, everyMs: HEARTBEAT_MS }));
    let copying: LogCopying | null = null;
    if (dialect.checkpoints !== null) {
      const apart = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter() }));
      opened.push(() => closeQuietly(apart));
      copying = copyLog({ checkpoints: dialect.checkpoints, inTurn, query: (sql) => apart.query<RawRow[]>(sql) });
      opened.push(copying.close);
    }
    const followers = await startFollowers({
      ...{ dialect, log },
      list: serviceFollowers({ clock: Date.now, dialect, failed, placeOf, source }).list,
      writer: dialect.file === null ? writer : takingTurns(writer, inTurn, () => copying?.stepped()),
      read: (sql, parameters) => answerWithin(LOOKUP_MS, () => reading.query<RawRow[]>(sql, [...parameters])),
      select: behind.rows,
      options: { idle: () => false, mostLateMs: MOST_LATE_MS, pauses: PAUSES },
    });
    return {
      ...followers,
      appended(position) {
        followers.appended(position);
        copying?.appended(position);
      },
      async close() {
        await followers.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
