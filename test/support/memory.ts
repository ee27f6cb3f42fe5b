import type { ApiKeyStore, StoredApiKey } from "../../src/domain/callers/types.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import type { Journal } from "../../src/domain/kernel/journal.ts";
import { emptySnapshot, type Snapshot, withChanges } from "../../src/domain/policy/snapshot.ts";
import type { PolicyRevision, PolicyStore } from "../../src/domain/policy/store.ts";

/** Ports kept in memory, for tests of the domain alone. The real ones have a suite of their own. */
export function memoryPolicyStore(): PolicyStore & { readonly log: PolicyRevision[]; failing: boolean } {
  const log: PolicyRevision[] = [];
  const at = (revision: number): Snapshot =>
    log.slice(0, revision).reduce((s, r) => withChanges(s, r.changes, r.revision), emptySnapshot());
  const store = {
    log,
    failing: false,
    async headRevision() {
      if (store.failing) throw new ScopewardenError("POLICY_UNAVAILABLE", "down");
      return log.length;
    },
    async load(revision = log.length) {
      return at(revision);
    },
    async commit(revision: PolicyRevision) {
      if (store.failing) throw new ScopewardenError("POLICY_UNAVAILABLE", "down");
      if (revision.revision !== log.length + 1) throw new ScopewardenError("CONFLICT", "another was first");
      log.push(revision);
    },
    async revision(revision: number) {
      return log[revision - 1] ?? null;
    },
    async revisions() {
      return { items: log.map((node) => ({ node, key: node.revision })).reverse(), hasNextPage: false };
    },
  };
  return store;
}

export function memoryJournal(): Journal<DecisionRecord> & { readonly records: DecisionRecord[]; ready: boolean } {
  const records: DecisionRecord[] = [];
  const find = (callerId: string, requestId: string | null): DecisionRecord | undefined =>
    requestId === null ? undefined : records.find((r) => r.callerId === callerId && r.request.requestId === requestId);
  const journal = {
    records,
    ready: true,
    admit() {
      if (!journal.ready) throw new ScopewardenError("JOURNAL_UNAVAILABLE", "down");
    },
    async append(added: readonly DecisionRecord[]) {
      journal.admit();
      return added.map((record) => {
        const earlier = find(record.callerId, record.request.requestId);
        if (earlier === undefined) records.push(record);
        const stands = earlier ?? record;
        return { record: stands, position: records.indexOf(stands) + 1 };
      });
    },
    async findByRequestId(callerId: string, requestId: string) {
      return find(callerId, requestId) ?? null;
    },
  };
  return journal;
}

export function memoryApiKeyStore(): ApiKeyStore & { readonly keys: Map<string, StoredApiKey> } {
  const keys = new Map<string, StoredApiKey>();
  return {
    keys,
    find: async (id) => keys.get(id) ?? null,
    findAll: async (ids) => ids.flatMap((id) => keys.get(id) ?? []),
    addFirst: async (key) => {
      if (keys.size > 0) return false;
      keys.set(key.id, key);
      return true;
    },
    noteUses: () => Promise.reject(new Error("not kept in memory")),
    recordFailures: () => Promise.reject(new Error("not kept in memory")),
    events: () => Promise.reject(new Error("not kept in memory")),
    list: async () => [...keys.values()].map(({ secretHash: _, ...key }) => key),
    add: async (key) => {
      keys.set(key.id, key);
    },
    revoke: async (id, by) => {
      const key = keys.get(id);
      if (key === undefined) return null;
      const revoked =
        key.revokedAt === null ? { ...key, revokedAt: by.at, revokedBy: by.author, revocationReason: by.reason } : key;
      keys.set(id, revoked);
      return revoked;
    },
  };
}
