import type { DecisionRecord } from "../domain/decisions/types.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import { createApiKeyStore } from "./apiKeyStore.ts";
import { closeQuietly, statementCounter } from "./database.ts";
import type { DecisionIndexer } from "./decisionIndexer.ts";
import { createDecisionReader } from "./decisionReader.ts";
import { createUsageReader } from "./decisionUse.ts";
import { dialectOf } from "./dialectOf.ts";
import { scrubbed } from "./faults.ts";
import { createPolicyReader } from "./policyReader.ts";
import { createPolicyStore } from "./policyStore.ts";
import { openReaders } from "./readers.ts";
import type { Storage } from "./storage.ts";
import { whenFree } from "./whenFree.ts";
import type { Writer } from "./writer.ts";

/** A database that another process migrates and writes. Whatever would write here rejects. */
export interface ReadStorage extends Omit<Storage, "journal"> {
  readonly findByRequestId: Journal<DecisionRecord>["findByRequestId"];
}

const noWriter: Writer = {
  ready: false,
  failures: 0,
  lastError: null,
  busyMs: 0,
  write: () => Promise.reject(new Error("this process does not write")),
  tryOnce: () => Promise.reject(new Error("this process does not write")),
  onChange: () => () => {},
  close: () => Promise.resolve(),
};

/**
 * Opens a database for reading alone; another process must have opened it by `openStorage` before, and keeps the index of
 * its journal: searches ask that process through `indexer`.
 * @throws Error in words for the operator.
 */
export async function openReadStorage(url: string, indexer: Pick<DecisionIndexer, "caughtUp">): Promise<ReadStorage> {
  const dialect = dialectOf(url);
  const counter = statementCounter();
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  const readers = async () => {
    const source = await whenFree(() => openReaders({ dialect, counter }));
    opened.push(() => closeQuietly(source));
    return source;
  };
  try {
    const [lookups, lists] = [await readers(), await readers()];
    const decisions = createDecisionReader({ lookups, lists, dialect, indexer });
    return {
      policy: createPolicyStore({ source: lists, writer: noWriter, dialect }),
      reader: createPolicyReader(lists),
      decisions,
      findByRequestId: decisions.findByRequestId,
      usage: createUsageReader({ source: lists, dialect, indexer }),
      apiKeys: createApiKeyStore({ source: lookups, writer: noWriter, dialect }),
      statements: () => counter.count,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw scrubbed(error);
  }
}
