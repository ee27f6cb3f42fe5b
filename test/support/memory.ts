import type { ApiKeyStore, StoredApiKey } from "../../src/domain/callers/types.ts";
import type { ConsentStore } from "../../src/domain/consent/store.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import type { Journal } from "../../src/domain/kernel/journal.ts";
import type { NamedRow } from "../../src/domain/policy/namedRows.ts";
import { emptySnapshot, type Snapshot, withChanges } from "../../src/domain/policy/snapshot.ts";
import type { DifferingRow, NewRevision, PolicyStore } from "../../src/domain/policy/store.ts";
import type { RowChange } from "../../src/domain/policy/types.ts";
import { changesBetween } from "./policies.ts";

const headOf = ({ changes, ...head }: NewRevision) => ({ ...head, changeCount: changes.length });

/** Ports kept in memory, for tests of the domain alone. The real ones have a suite of their own. */
export function memoryPolicyStore(): PolicyStore & { readonly log: NewRevision[]; failing: boolean } {
  const log: NewRevision[] = [];
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
    async commit(revision: NewRevision) {
      if (store.failing) throw new ScopewardenError("POLICY_UNAVAILABLE", "down");
      if (revision.revision !== log.length + 1) throw new ScopewardenError("CONFLICT", "another was first");
      log.push(revision);
    },
    async revision(revision: number) {
      return log.map(headOf)[revision - 1] ?? null;
    },
    async changes({ revision }: Parameters<PolicyStore["changes"]>[0]) {
      const changes = log[revision - 1]?.changes ?? [];
      return { items: changes.map((node) => ({ node, key: `${node.noun} ${node.key}` })), hasNextPage: false };
    },
    async *difference(from: number, to: number) {
      for (const { noun, key, before, after } of changesBetween(at(from), at(to))) {
        const sides = [
          { side: "from", row: before },
          { side: "to", row: after },
        ];
        yield sides.filter(({ row }) => row !== null).map((side) => ({ noun, key, ...side }) as DifferingRow);
      }
    },
    async moved(named: readonly NamedRow[], { after, upTo }: Parameters<PolicyStore["moved"]>[1]) {
      const isOf = ({ noun, key }: RowChange, row: NamedRow): boolean =>
        noun === row.noun && (noun === "scope" ? (JSON.parse(key) as [string])[0] : key) === row.id;
      const changes = log.slice(after, upTo).flatMap((revision) => revision.changes);
      return named.find((row) => changes.some((change) => isOf(change, row))) ?? null;
    },
    async revisions({ filter: { to = Number.POSITIVE_INFINITY } }: Parameters<PolicyStore["revisions"]>[0]) {
      return {
        items: log
          .map(headOf)
          .filter(({ committedAt }) => committedAt < to)
          .map((node) => ({ node, key: node.revision }))
          .reverse(),
        hasNextPage: false,
      };
    },
  };
  return store;
}

export function memoryJournal(): Journal<DecisionRecord> & { readonly records: DecisionRecord[]; ready: boolean } {
  const records: DecisionRecord[] = [];
  /** All of one request id, in their turns. */
  const answersTo = (callerId: string, requestId: string | null): readonly DecisionRecord[] =>
    requestId === null ? [] : records.filter((r) => r.callerId === callerId && r.request.requestId === requestId);
  const requireReady = (): void => {
    if (!journal.ready) throw new ScopewardenError("JOURNAL_UNAVAILABLE", "down");
  };
  const journal = {
    records,
    ready: true,
    admit: requireReady,
    release() {},
    async append(added: readonly DecisionRecord[], turns: readonly number[] = []) {
      requireReady();
      return added.map((record, i) => {
        const earlier = answersTo(record.callerId, record.request.requestId)[turns[i] ?? 0];
        if (earlier === undefined) records.push(record);
        const stands = earlier ?? record;
        return { record: stands, position: records.indexOf(stands) + 1 };
      });
    },
    async findByRequestId(callerId: string, requestId: string) {
      const answers = answersTo(callerId, requestId);
      const record = answers.at(-1);
      return record === undefined ? null : { record, turn: answers.length - 1 };
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

/** As the database keeps them, for tests of the domain: `raced` stands for another instance that writes first. */
export function memoryConsentStore(): ConsentStore & { readonly recorded: Consent[]; raced: boolean } {
  const recorded: Consent[] = [];
  const newest = (): readonly Consent[] =>
    recorded.filter((one) => !recorded.some(({ id, version }) => id === one.id && version > one.version));
  const store = {
    recorded,
    raced: false,
    async ofPatients(patients: readonly string[]) {
      return newest().filter(({ patient }) => patients.includes(patient));
    },
    async find(id: string) {
      return newest().find((one) => one.id === id) ?? null;
    },
    async versions(refs: Parameters<ConsentStore["versions"]>[0]) {
      return refs.map((ref) => recorded.find(({ id, version }) => id === ref.id && version === ref.version) ?? null);
    },
    async add(consent: Consent) {
      const before = newest().find(({ id }) => id === consent.id)?.version ?? 0;
      if (store.raced || consent.version !== before + 1) throw new ScopewardenError("CONFLICT", "another was first");
      recorded.push(consent);
    },
    async page({ filter, page: { after, first } }: Parameters<ConsentStore["page"]>[0]) {
      const all = newest()
        .filter(({ patient }) => filter.patient === undefined || patient === filter.patient)
        .toReversed()
        .map((node) => ({ node, key: node.id }));
      const from = after === null ? 0 : all.findIndex(({ key }) => key === after) + 1;
      return { items: all.slice(from, from + first), hasNextPage: all.length > from + first };
    },
  };
  return store;
}
