import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/ports.ts";
import { textProblem } from "../kernel/text.ts";
import { type Applied, applyOperations, applyRollback, type ChangeFacts } from "./apply.ts";
import type { PolicyOperation, PutMode } from "./operations.ts";
import { type Snapshot, withChanges } from "./snapshot.ts";
import type { PolicyRevision, PolicyStore } from "./store.ts";
import { dueSunsets, SUNSET_AUTHOR, sunsetChange } from "./sunsets.ts";
import { type ClientUse, DAY_MS, RECENT_USE_DAYS, type ReadUse } from "./use.ts";

interface ApplyPolicy {
  readonly operations: readonly PolicyOperation[];
  readonly reason: string;
  readonly expectedRevision?: number | null | undefined;
  readonly author: string;
  readonly mode?: PutMode | undefined;
}

/** Holds the current snapshot and changes it. A failure of any kind leaves the old snapshot in place. */
export interface PolicyAdmin {
  /** @throws ScopewardenError POLICY_UNAVAILABLE before the first load. */
  readonly current: () => Snapshot;
  /** Loads the newest revision if the store has one that is not current, e.g. from another instance. */
  refresh(): Promise<Snapshot>;
  /** @throws ScopewardenError BAD_USER_INPUT with every problem, CONFLICT when expectedRevision is not current. */
  apply(change: ApplyPolicy): Promise<PolicyRevision>;
  rollback(change: {
    readonly toRevision: number;
    readonly reason: string;
    readonly author: string;
  }): Promise<PolicyRevision>;
  /**
   * Retires every version whose sunset has come, each as a revision of its own; answers with those that were made. What
   * another instance has retired meanwhile is left alone.
   */
  retireDue(): Promise<readonly PolicyRevision[]>;
  revision(revision: number): Promise<PolicyRevision | null>;
  readonly revisions: PolicyStore["revisions"];
}

const ATTEMPTS = 5;

/** A reason is for the auditor who reads it years later: it must be there. */
function checkReason(reason: string): void {
  const problem = reason.trim() === "" ? "must say why: it is kept with the change" : textProblem(reason, 2000);
  if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
}

/** Beyond so many revisions the whole policy is read again. */
const FOLLOWED = 100;

/** The snapshot of a later revision by what each revision changed, so that a million rules are not read again; or null. */
async function follow(store: PolicyStore, from: Snapshot, head: number): Promise<Snapshot | null> {
  if (head < from.revision || head > from.revision + FOLLOWED) return null;
  let at = from;
  while (at.revision < head) {
    const next = await store.revision(at.revision + 1);
    if (next === null) return null;
    at = withChanges(at, next.changes, next.revision);
  }
  return at;
}

export function createPolicyAdmin(deps: {
  readonly store: PolicyStore;
  readonly facts: () => ChangeFacts;
  readonly clock: Clock;
  /** Asked before a scope is retired without force; absent: nothing is known of any use. */
  readonly readUse?: ReadUse;
}): PolicyAdmin {
  const { store, facts, clock } = deps;
  let snapshot: Snapshot | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  const current = (): Snapshot => {
    if (snapshot === null) throw new ScopewardenError("POLICY_UNAVAILABLE", "The policy is not loaded yet.");
    return snapshot;
  };
  const refresh = async (): Promise<Snapshot> => {
    const head = await store.headRevision();
    if (snapshot?.revision === head) return snapshot;
    snapshot = (snapshot === null ? null : await follow(store, snapshot, head)) ?? (await store.load());
    return snapshot;
  };
  /** Changes and refreshes happen one after the other, so that a slow load can't put an older snapshot back. */
  const serially = <T>(work: () => Promise<T>): Promise<T> => {
    const run = tail.then(work, work);
    tail = run.catch(() => undefined);
    return run;
  };

  const headRevision = async (
    at: Snapshot,
    change: { readonly author: string; readonly reason: string },
  ): Promise<PolicyRevision> =>
    (await store.revision(at.revision)) ?? {
      revision: 0,
      author: change.author,
      reason: change.reason,
      committedAt: clock(),
      changes: [],
    };

  async function commit(
    change: { readonly author: string; readonly reason: string; readonly expectedRevision?: number | null | undefined },
    next: (base: Snapshot) => Applied | Promise<Applied>,
  ): Promise<{ readonly revision: PolicyRevision; readonly made: boolean }> {
    checkReason(change.reason);
    for (let attempt = 1; ; attempt++) {
      const base = await refresh();
      const expected = change.expectedRevision ?? null;
      if (expected !== null && expected !== base.revision) {
        throw new ScopewardenError(
          "CONFLICT",
          `The policy is at revision ${base.revision}, not at the expected ${expected}; read it again and decide anew.`,
        );
      }
      const applied = await next(base);
      if (!applied.ok) throw badInput(applied.problems);
      if (applied.changes.length === 0) return { revision: await headRevision(base, change), made: false };
      const { author, reason } = change;
      const revision: PolicyRevision = {
        revision: applied.snapshot.revision,
        author,
        reason,
        committedAt: clock(),
        changes: applied.changes,
      };
      try {
        await store.commit(revision);
      } catch (error) {
        // Another instance was first. Without an expected revision the change is made again on what is there now.
        const raced = error instanceof ScopewardenError && error.code === "CONFLICT";
        if (raced && attempt < ATTEMPTS) continue;
        throw error;
      }
      snapshot = applied.snapshot;
      return { revision, made: true };
    }
  }

  /** Read before the change is made, which must not wait for the journal while others wait for it. */
  async function factsFor(operations: readonly PolicyOperation[]): Promise<() => ChangeFacts> {
    const { readUse } = deps;
    if (readUse === undefined) return facts;
    const since = clock() - RECENT_USE_DAYS * DAY_MS;
    const use = new Map<string, readonly ClientUse[]>();
    for (const { retireScope } of operations) {
      if (retireScope === undefined || retireScope === null || retireScope.force === true) continue;
      if (!use.has(retireScope.name)) use.set(retireScope.name, await readUse(retireScope.name, since));
    }
    return use.size === 0 ? facts : () => ({ ...facts(), recentUse: (scope) => use.get(scope) ?? [] });
  }

  async function retireDue(): Promise<readonly PolicyRevision[]> {
    const made: PolicyRevision[] = [];
    for (const due of dueSunsets(await refresh(), clock())) {
      const { operations, reason } = sunsetChange(due);
      const committed = await commit({ author: SUNSET_AUTHOR, reason }, (base) => {
        const now = facts();
        const still = dueSunsets(base, now.now).some((d) => d.name === due.name && d.version === due.version);
        return still ? applyOperations(base, operations, now) : { ok: true, snapshot: base, changes: [] };
      });
      if (committed.made) made.push(committed.revision);
    }
    return made;
  }

  return {
    current,
    refresh: () => serially(refresh),
    async apply(change) {
      const { operations, mode } = change;
      const known = await factsFor(operations);
      const apply = (base: Snapshot): Applied => applyOperations(base, operations, known(), mode);
      return (await serially(() => commit(change, apply))).revision;
    },
    async rollback(change) {
      const { revision } = await serially(() =>
        commit(change, async (base) => {
          const { toRevision } = change;
          if (!Number.isInteger(toRevision) || toRevision < 0 || toRevision > base.revision) {
            return {
              ok: false,
              problems: [{ path: "toRevision", message: `must be a revision from 0 to ${base.revision}` }],
            };
          }
          return applyRollback(base, await store.load(toRevision), facts());
        }),
      );
      return revision;
    },
    retireDue: () => serially(retireDue),
    revision: (revision) => store.revision(revision),
    revisions: (query) => store.revisions(query),
  };
}
