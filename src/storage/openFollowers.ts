import type { NetworkPlace } from "../domain/monitoring/watchedDecision.ts";
import { answerWithin, LOOKUP_MS } from "./database/answerWithin.ts";
import type { RawRow, StorageLog } from "./database/connection.ts";
import { closeQuietly, statementCounter } from "./database/dataSource.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import type { Follower } from "./journal/follower.ts";
import { type Followers, startFollowers } from "./journal/followers.ts";
import type { StepTaker } from "./journal/stepTaker.ts";
import type { DetectorFailures } from "./monitoring/detectorFailures.ts";
import { serviceFollowers } from "./serviceFollowers.ts";

/**
 * Follows the journal elsewhere: in a process that reads. What it is handed is of the service that appends to the journal: its list, of
 * which it needs the names and the bounds; what writes the steps; and who is told of errors.
 */
export type FollowApart = (service: {
  readonly list: readonly Follower[];
  readonly taker: StepTaker;
  readonly log: StorageLog;
  readonly failed: DetectorFailures["note"];
}) => Followers;

/** An act is taken after so long at most, as many together as have come: each step costs something of its own. */
const MOST_LATE_MS = 1_000;
/** As long as a step took, decisions have the writer for themselves. */
const PAUSES = 1;

/** The followers of a service's journal, with connections that read, in a process that does nothing else. */
export async function openFollowers({
  failed,
  instance,
  log,
  placeOf,
  source,
  taker,
  url,
}: {
  readonly url: string;
  readonly placeOf: (ipAddress: string) => NetworkPlace | null;
  /** Names the service in what receivers of webhooks are told; null: nobody is told. */
  readonly source: string | null;
  readonly log: StorageLog;
  readonly failed: DetectorFailures["note"];
  /** What tells this instance from the others. */
  readonly instance: string;
  /** Of the service: it writes. */
  readonly taker: StepTaker;
}): Promise<Followers> {
  const dialect = dialectOf(url);
  const reading = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter() }));
  const behind = dialect.preparingReads(reading);
  const closeAll = async (): Promise<void> => {
    await behind.release();
    await closeQuietly(reading);
  };
  try {
    const followers = await startFollowers({
      ...{ dialect, instance, log, taker },
      list: serviceFollowers({ clock: Date.now, dialect, failed, placeOf, source }).list,
      read: (sql, parameters) => answerWithin(LOOKUP_MS, () => reading.query<RawRow[]>(sql, [...parameters])),
      select: behind.rows,
      writer: null,
      options: { idle: () => false, mostLateMs: MOST_LATE_MS, pauses: PAUSES },
    });
    return {
      ...followers,
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
