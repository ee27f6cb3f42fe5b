import type { BreakGlassStore } from "../domain/consent/breakGlass/store.ts";
import type { ConsentStore } from "../domain/consent/store.ts";
import type { RestrictionFacts } from "../domain/decisions/restrictions/store.ts";
import type { DecisionReader } from "../domain/decisions/types.ts";
import type { DirectoryStore } from "../domain/directory/store.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { AlertStore } from "../domain/monitoring/alerts/store.ts";
import type { WatchedHistory } from "../domain/monitoring/backtest/makeBacktest.ts";
import type { PolicyStore } from "../domain/policy/store.ts";
import { createBreakGlassStore } from "./cases/breakGlassStore.ts";
import { createRestrictionStore } from "./cases/restrictionStore.ts";
import { createConsentStore } from "./consent/consentStore.ts";
import { closeQuietly, statementCounter } from "./database/dataSource.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import { createDirectoryStore } from "./directory/directoryStore.ts";
import { directoryEntity } from "./directory/directoryTables.ts";
import { createDecisionReader } from "./journal/decisionReader.ts";
import { createAlertStore } from "./monitoring/alertStore.ts";
import { createWatchedHistory } from "./monitoring/watchedHistory.ts";
import { createPolicyStore } from "./policy/policyStore.ts";
import { policyEntities } from "./policy/policyTables.ts";

/** What can be read beside a service that has the database open. */
export interface ReadOnlyStorage {
  readonly policy: Pick<PolicyStore, "difference" | "load" | "revisions">;
  readonly directory: Pick<DirectoryStore, "version">;
  readonly consents: Pick<ConsentStore, "versions">;
  readonly breakGlasses: Pick<BreakGlassStore, "versions">;
  readonly restrictions: Pick<RestrictionFacts, "versions">;
  /**
   * The index is not brought up to date here: what it lacks is read from the journal. They reject with JOURNAL_UNAVAILABLE where that
   * is much.
   */
  readonly decisions: Pick<DecisionReader, "decisions">;
  readonly alerts: Pick<AlertStore, "verdictsOn">;
  readonly watchedHistory: WatchedHistory;
  close(): Promise<void>;
}

const refuse = (): Promise<never> =>
  Promise.reject(new ScopewardenError("INTERNAL", "These connections only read the database."));

/** Opens a database that a service has opened, on connections that never write. */
export async function openReadOnly(url: string): Promise<ReadOnlyStorage> {
  const dialect = dialectOf(url);
  const entities = [...Object.values(policyEntities), directoryEntity];
  const source = await retryWhileBusy(() => openReadConnections({ dialect, counter: statementCounter(), entities }));
  const reads = dialect.preparingReads(source);
  const never = {
    writer: { write: refuse },
    putOnRecord: refuse,
    requireAuthor: refuse,
    requireCaller: refuse,
    closeProposal: refuse,
  };
  return {
    policy: createPolicyStore({ source, dialect, newId: () => "", goneAfterMs: 0, giveAccess: refuse, ...never }),
    directory: createDirectoryStore({ source, lists: source, dialect, ...never }),
    consents: createConsentStore({ source, reads, lists: source, dialect, ...never }),
    breakGlasses: createBreakGlassStore({ source, reads, lists: source, dialect, ...never }),
    restrictions: createRestrictionStore({ source, reads, lists: source, dialect, ...never }),
    decisions: createDecisionReader({
      reads,
      lists: source,
      listReads: reads,
      dialect,
      untilIndexed: async () => {},
      giveWay: async () => {},
      now: () => performance.now(),
      part: 250,
    }),
    alerts: createAlertStore({
      ...{ source, lists: source, dialect, asOf: refuse, untilWatched: refuse },
      ...never,
    }),
    watchedHistory: createWatchedHistory({ lists: source, dialect, giveWay: async () => {} }),
    async close() {
      await reads.release();
      await closeQuietly(source);
    },
  };
}
