import type { UsageReader } from "../domain/audit/usage.ts";
import type { ApiKeyStore } from "../domain/callers/types.ts";
import type { DecisionReader, DecisionRecord } from "../domain/decisions/types.ts";
import type { Hints } from "../domain/kernel/hints.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import type { PolicyReader, PolicyStore } from "../domain/policy/store.ts";
import { createApiKeyStore } from "./callers/apiKeyStore.ts";
import type { StorageLog } from "./database/connection.ts";
import { closeQuietly, openConnection, statementCounter } from "./database/dataSource.ts";
import type { Dialect } from "./database/dialect.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { scrubbed } from "./database/faults.ts";
import { migrateUp } from "./database/migrate.ts";
import { probe } from "./database/probe.ts";
import { openReaders } from "./database/readConnections.ts";
import { whenFree } from "./database/retryWhileBusy.ts";
import { openWriter } from "./database/writer.ts";
import { createDecisionIndexer } from "./journal/decisionIndexer.ts";
import { createDecisionReader } from "./journal/decisionReader.ts";
import { createUsageReader } from "./journal/decisionUse.ts";
import { createJournal, type JournalStatus } from "./journal/journal.ts";
import { createPolicyReader } from "./policy/policyReader.ts";
import { createPolicyStore } from "./policy/policyStore.ts";

export interface Storage {
  readonly policy: PolicyStore;
  readonly reader: PolicyReader;
  readonly journal: Journal<DecisionRecord> & JournalStatus;
  readonly decisions: DecisionReader;
  readonly usage: UsageReader;
  readonly apiKeys: ApiKeyStore;
  /** What other instances commit; null where the database can't tell. Stopped by whoever listens. */
  readonly hints: Hints | null;
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
  /** How the index of the journal is kept up; for tests. */
  readonly indexing?: Pick<Parameters<typeof createDecisionIndexer>[0], "maxUnindexed" | "hasTime">;
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
  indexing = {},
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
  const readers = async () => {
    const source = await whenFree(() => openReaders({ dialect, counter }));
    opened.push(() => closeQuietly(source));
    return source;
  };
  try {
    await dialect.prepare();
    await whenFree(() => migrateUp({ dialect, counter }));
    const [lookups, lists] = [await readers(), await readers()];
    const writer = await whenFree(() => openWriter({ open: openWriterConnection, log }));
    opened.push(() => writer.close());
    const indexer = createDecisionIndexer({ ...indexing, writer, dialect, log, read: (sql) => lookups.query(sql) });
    opened.push(() => indexer.close());
    await indexer.start();
    const decisions = createDecisionReader({ lookups, lists, dialect, indexer });
    const { findByRequestId } = decisions;
    const journal = createJournal({ writer, indexer, dialect, clock, maxQueued, findByRequestId });
    opened.push(() => journal.drain());
    return {
      // Not with the lists: a new policy must not wait for those who browse.
      policy: createPolicyStore({ source: lookups, writer, dialect }),
      reader: createPolicyReader(lists),
      journal,
      decisions,
      usage: createUsageReader({ source: lists, dialect, indexer }),
      apiKeys: createApiKeyStore({ source: lookups, writer, dialect }),
      hints: dialect.hints(log),
      statements: () => counter.count,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw scrubbed(error);
  }
}
