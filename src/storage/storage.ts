import type { UsageReader } from "../domain/audit/usage.ts";
import type { ApiKeyStore } from "../domain/callers/types.ts";
import type { DecisionReader, DecisionRecord } from "../domain/decisions/types.ts";
import type { Hints } from "../domain/kernel/hints.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import type { PolicyReader, PolicyStore } from "../domain/policy/store.ts";
import { newSalt } from "../process/salts.ts";
import { createApiKeyStore } from "./callers/apiKeyStore.ts";
import { apiKeyEntity } from "./callers/apiKeyTable.ts";
import type { RawRow, StorageLog } from "./database/connection.ts";
import { closeQuietly, openConnection, statementCounter } from "./database/dataSource.ts";
import type { Dialect } from "./database/dialect.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { scrubbed } from "./database/faults.ts";
import { migrateUp } from "./database/migrate.ts";
import { probe } from "./database/probe.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import { openWriter } from "./database/writer.ts";
import { createPutOnRecord } from "./journal/acts.ts";
import { untilIndexed } from "./journal/decisionIndex.ts";
import { createDecisionReader } from "./journal/decisionReader.ts";
import { createUsageReader } from "./journal/decisionUse.ts";
import type { Follower } from "./journal/follower.ts";
import { type FollowerStatus, startFollowers } from "./journal/followers.ts";
import type { FollowingOptions } from "./journal/following.ts";
import { createJournal, type JournalStatus } from "./journal/journal.ts";
import { createPolicyReader } from "./policy/policyReader.ts";
import { createPolicyStore } from "./policy/policyStore.ts";
import { policyEntities, revisionEntity } from "./policy/policyTables.ts";

export interface Storage {
  readonly policy: PolicyStore;
  readonly reader: PolicyReader;
  readonly journal: Journal<DecisionRecord> & JournalStatus;
  readonly decisions: DecisionReader;
  readonly usage: UsageReader;
  readonly apiKeys: ApiKeyStore;
  /** What other instances commit; null where the database can't tell. Stopped by whoever listens. */
  readonly hints: Hints | null;
  /** How far each follower of the journal is. */
  followers(): readonly FollowerStatus[];
  /** SQL statements run so far. */
  statements(): number;
  /** Takes no more writes, finishes those it has taken, and closes every connection. */
  close(): Promise<void>;
}

export interface StorageOptions {
  /** `sqlite:<path>`, whose folder is made if need be, or `postgres://...`. */
  readonly url: string;
  readonly clock: Clock;
  readonly log?: StorageLog;
  /** Records that may wait to be written; default 10,000. */
  readonly maxQueued?: number;
  readonly maxQueuedBytes?: number;
  /** How the journal is followed, and by what; for tests. */
  readonly following?: FollowingOptions & { readonly followers?: readonly Follower[] };
}

/**
 * Opens the database, brings it to the newest schema, and proves that what it commits is durable.
 * @throws Error in words for the operator when the address, a setting or the database is not as it must be.
 */
export async function openStorage({ url, ...options }: StorageOptions): Promise<Storage> {
  return openStorageOn({ dialect: dialectOf(url), ...options });
}

/** As `openStorage`, on a database that is described by its dialect. */
export async function openStorageOn({
  dialect,
  clock,
  log = () => {},
  maxQueued = 10_000,
  maxQueuedBytes = 32 * 1024 * 1024,
  following: { followers: list, ...options } = {},
}: Omit<StorageOptions, "url"> & { readonly dialect: Dialect }): Promise<Storage> {
  const counter = statementCounter();

  async function openWriterConnection() {
    const connection = await openConnection({ dialect, purpose: "write", counter });
    try {
      await dialect.requireDurable(connection.run);
      await probe({ dialect, run: connection.run, clock });
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  const opened: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.reverse()) await close();
    opened.length = 0;
  };
  const entities = [...Object.values(policyEntities), revisionEntity, apiKeyEntity];
  const readConnections = async () => {
    const source = await retryWhileBusy(() => openReadConnections({ dialect, counter, entities }));
    opened.push(() => closeQuietly(source));
    return source;
  };
  try {
    await dialect.prepare();
    await retryWhileBusy(() => migrateUp({ dialect, counter }));
    const [lookups, lists] = [await readConnections(), await readConnections()];
    const writer = await retryWhileBusy(() => openWriter({ open: openWriterConnection, log }));
    opened.push(() => writer.close());
    const read = (sql: string, parameters: readonly unknown[]) => lookups.query<RawRow[]>(sql, [...parameters]);
    const followers = await startFollowers({ ...(list && { list }), writer, dialect, log, read, options });
    opened.push(() => followers.close());
    const indexed = untilIndexed(followers);
    const decisions = createDecisionReader({ lookups, lists, dialect, untilIndexed: indexed });
    const { findByRequestId } = decisions;
    const journal = createJournal({
      writer,
      followers,
      dialect,
      clock,
      newSalt,
      maxQueued,
      maxQueuedBytes,
      findByRequestId,
    });
    opened.push(() => journal.drain());
    const putOnRecord = createPutOnRecord({ dialect, newSalt });
    return {
      // Not with the lists: a new policy must not wait for those who browse.
      policy: createPolicyStore({ source: lookups, writer, dialect, putOnRecord }),
      reader: createPolicyReader(lists),
      journal,
      decisions,
      usage: createUsageReader({ source: lists, dialect, untilIndexed: indexed }),
      apiKeys: createApiKeyStore({ source: lookups, writer, dialect, putOnRecord }),
      followers: followers.status,
      hints: dialect.hints(log),
      statements: () => counter.count,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw scrubbed(error);
  }
}
