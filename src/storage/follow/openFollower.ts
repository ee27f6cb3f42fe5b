import { randomUUID } from "node:crypto";
import type { Clock } from "../../domain/kernel/ports.ts";
import { newId } from "../../process/ids.ts";
import { newSalt } from "../../process/salts.ts";
import type { RawRow, StorageLog } from "../database/connection.ts";
import { closeQuietly, openConnection, statementCounter } from "../database/dataSource.ts";
import type { Dialect } from "../database/dialect.ts";
import { OperatorError } from "../database/faults.ts";
import { resolved } from "../database/file/databaseFile.ts";
import { changeText, createFileIdentity } from "../database/file/fileIdentity.ts";
import { openReadConnections } from "../database/readConnections.ts";
import { retryWhileBusy } from "../database/retryWhileBusy.ts";
import { openWriter, type Writer } from "../database/writer.ts";
import { createPutOnRecord } from "../journal/acts.ts";
import type { Consumer } from "../journal/consumer.ts";
import { decisionIndex } from "../journal/decisionIndex.ts";
import type { DamagedMonth } from "../journal/search/monthDamage.ts";
import type { DetectorFailures } from "../monitoring/detectorFailures.ts";
import {
  addConsumer,
  createLookAtPositions,
  createStanding,
  createUntilTaken,
  type FollowApart,
  type Followers,
} from "./followers.ts";
import { type FollowLoop, type FollowLoopOptions, startFollowLoop } from "./followLoop.ts";
import { startRemaking } from "./remakeMonths.ts";

/**
 * That the files of a database are those that SQLite has open, and none was cut down: a commit would make it as long again before the
 * service has looked. Such a cut is said once, as whether all is there is for the service to find out.
 * @throws OperatorError
 */
async function createRequireSound({ file }: Pick<Dialect, "file">): Promise<() => void> {
  if (file === null) return () => {};
  const identity = createFileIdentity(await resolved(file));
  return () => {
    const change = identity.look("at commits");
    if (change?.kind === "shrunk") identity.takeSizes();
    if (change !== null) throw new OperatorError(changeText(change));
  };
}

/** A loop, and what of the search index is damaged and made again beside it. */
export interface OpenFollower extends FollowLoop {
  /** Whether it is at work on the connection that writes, and so may hold a lock that keeps all from writing. */
  isWriting(): boolean;
  damaged(): readonly DamagedMonth[];
}

/** Follows the journal of a database that a service has opened, on two connections of its own: one that reads, one that writes. */
export async function openFollower({
  clock = Date.now,
  consumers,
  dialect,
  instance = randomUUID(),
  log,
  options,
  writes = () => {},
}: {
  readonly clock?: Clock;
  readonly consumers: readonly (readonly Consumer[])[];
  readonly dialect: Dialect;
  /** What tells this instance from the others; absent: it is made up. */
  readonly instance?: string | undefined;
  readonly log: StorageLog;
  readonly options?: FollowLoopOptions | undefined;
  /** Called before it may hold a lock that keeps all from writing. */
  readonly writes?: () => void;
}): Promise<OpenFollower> {
  const counter = statementCounter();
  const reading = await retryWhileBusy(() => openReadConnections({ dialect, counter }));
  const reads = dialect.preparingReads(reading);
  const closeReads = async (): Promise<void> => {
    await reads.release();
    await closeQuietly(reading);
  };
  try {
    const open = () => openConnection({ dialect, purpose: "follow", counter });
    const requireSound = await createRequireSound(dialect);
    const { close: closeWriter, tryOnce } = await retryWhileBusy(() => openWriter({ open, requireSound, log }));
    let isWriting = false;
    const writer: Pick<Writer, "tryOnce"> = {
      tryOnce: (job) =>
        tryOnce(async (use) => {
          isWriting = true;
          writes();
          try {
            return await job(use);
          } finally {
            isWriting = false;
          }
        }),
    };
    const loop = await startFollowLoop({
      ...{ consumers, dialect, instance, log, select: reads.rows, writer },
      ...(options !== undefined && { options }),
    }).catch(async (error: unknown) => {
      await closeWriter();
      throw error;
    });
    const makesIndex = consumers.flat().some(({ name }) => name === decisionIndex.name);
    const remaking = makesIndex
      ? startRemaking({
          ...{ clock, dialect, log, newId, select: reads.rows, writer },
          putOnRecord: createPutOnRecord({ dialect, newSalt }),
        })
      : null;
    return {
      ...loop,
      isWriting: () => isWriting,
      damaged: () => remaking?.damaged() ?? [],
      async close() {
        await remaking?.close();
        await loop.close();
        await closeWriter();
        await closeReads();
      },
    };
  } catch (error) {
    await closeReads();
    throw error;
  }
}

/** Followers, and who waits for them. */
export interface FollowersOfService extends Followers {
  /** Waits for a consumer by its name, as `UntilTaken` says; one that is not at work, as in tests of others, is not waited for. */
  readonly until: (name: string, what: string) => (waits?: "answer" | "work") => Promise<void>;
  /** Ends when all that follows has what was on record when this was called. Rejects with JOURNAL_UNAVAILABLE. */
  readonly untilFollowed: () => Promise<void>;
}

/** Follows the journal for a service that has opened the database: elsewhere where `apart` is given, else here. */
export async function startFollowers({
  answerWaitsMs,
  apart,
  clock,
  consumers,
  dialect,
  failed,
  log,
  options,
  read,
  writer,
}: {
  readonly apart: FollowApart | undefined;
  readonly clock: Clock;
  readonly consumers: readonly (readonly Consumer[])[];
  readonly dialect: Dialect;
  readonly failed: DetectorFailures["note"];
  readonly log: StorageLog;
  readonly options: FollowLoopOptions;
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly writer: Writer;
  /** For tests. */
  readonly answerWaitsMs: number | undefined;
}): Promise<FollowersOfService> {
  // What begins at the journal's end begins before this service appends to it.
  for (const consumer of consumers.flat()) await addConsumer({ writer, dialect }, consumer);
  const names = consumers.flat().map(({ name }) => name);
  const followHere = async (): Promise<Followers> => {
    const loop = await openFollower({ clock, consumers, dialect, log, options });
    const standing = createStanding();
    return { status: () => standing(loop.states()), damaged: loop.damaged, close: loop.close };
  };
  const followers = apart?.({ names, log, failed, look: createLookAtPositions(read) }) ?? (await followHere());
  const untilTaken = createUntilTaken({ read, dialect, answerWaitsMs });
  return {
    ...followers,
    until: (name, what) => async (waits) => {
      if (names.includes(name)) await untilTaken(name, what, waits);
    },
    async untilFollowed() {
      for (const name of names) await untilTaken(name, "What follows the record", "work");
    },
  };
}
