import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/ports.ts";
import { textProblem } from "../kernel/text.ts";
import { type Applied, applyOperations, applyRollback, type ChangeFacts } from "./apply.ts";
import type { PolicyOperation, PutMode } from "./operations.ts";
import type { Snapshot } from "./snapshot.ts";
import type { PolicyRevision, PolicyStore } from "./store.ts";

export interface ApplyPolicy {
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
  revision(revision: number): Promise<PolicyRevision | null>;
  readonly revisions: PolicyStore["revisions"];
}

const ATTEMPTS = 5;

/** A reason is for the auditor who reads it years later: it must be there. */
export function checkReason(reason: string): void {
  const problem = reason.trim() === "" ? "must say why: it is kept with the change" : textProblem(reason, 2000);
  if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
}

export function createPolicyAdmin(deps: {
  readonly store: PolicyStore;
  readonly facts: () => ChangeFacts;
  readonly clock: Clock;
}): PolicyAdmin {
  const { store, facts, clock } = deps;
  let snapshot: Snapshot | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  const current = (): Snapshot => {
    if (snapshot === null) throw new ScopewardenError("POLICY_UNAVAILABLE", "The policy is not loaded yet.");
    return snapshot;
  };
  const refresh = async (): Promise<Snapshot> => {
    if (snapshot === null || (await store.headRevision()) !== snapshot.revision) snapshot = await store.load();
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
  ): Promise<PolicyRevision> {
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
      if (applied.changes.length === 0) return headRevision(base, change);
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
      return revision;
    }
  }

  return {
    current,
    refresh: () => serially(refresh),
    apply: (change) =>
      serially(() => commit(change, (base) => applyOperations(base, change.operations, facts(), change.mode))),
    rollback: (change) =>
      serially(() =>
        commit(change, async (base) => {
          const { toRevision } = change;
          if (!Number.isInteger(toRevision) || toRevision < 0 || toRevision > base.revision) {
            return {
              ok: false,
              problems: [{ path: "toRevision", message: `must be a revision from 0 to ${base.revision}` }],
            };
          }
          return applyRollback(base, await store.load(toRevision));
        }),
      ),
    revision: (revision) => store.revision(revision),
    revisions: (query) => store.revisions(query),
  };
}
