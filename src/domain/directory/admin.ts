import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Breathe, Clock } from "../kernel/ports.ts";
import { reasonProblem } from "../kernel/text.ts";
import { type CarriedOut, mayAlone, requireMayAlone, type Writer } from "../policy/fourEyes.ts";
import { accountsIn } from "./accounts.ts";
import { accountProblems, changedBy, type Directory, EMPTY_DIRECTORY, withPart } from "./directory.ts";
import type { Entity, EntityRef, NewEntity } from "./entity.ts";
import { type PutEntity, readEntities, readRefs } from "./readEntities.ts";
import type { DirectoryChange, DirectoryChanged, DirectoryStore } from "./store.ts";

interface Write extends Writer {
  readonly reason: string;
  /**
   * Whether who writes may not learn what is known of somebody: then what is as it was is answered, and refused where they may not make it
   * alone, like what changes. Absent: false.
   */
  readonly isBlind?: boolean;
}

/** What a proposal does to the directory, read and checked. */
interface DirectoryOperations {
  readonly put: readonly NewEntity[];
  readonly remove: readonly EntityRef[];
}

/** As of the policy: a write that carries out a proposal. */
interface Reviewed {
  readonly carriedOut: CarriedOut;
  asApproved(directory: Directory): Promise<void>;
}

/** Holds what is known now and changes it. A failure of any kind leaves what was known in place. */
export interface DirectoryAdmin {
  /** @throws ScopewardenError POLICY_UNAVAILABLE before the first load. */
  readonly current: () => Directory;
  /** Reads what the store has and this has not, e.g. from another instance, letting other work run between its parts. */
  refresh(): Promise<Directory>;
  /**
   * Registers entities, or replaces what is said of them: each becomes exactly what is said. What is as it was stays the
   * version that it was. @throws ScopewardenError BAD_USER_INPUT with every problem, FOUR_EYES_REQUIRED, INSUFFICIENT_USER_AUTHENTICATION
   */
  put(change: Write & { readonly entities: readonly PutEntity[] }): Promise<DirectoryChanged>;
  /** Takes entities out; those that are not there are no problem. @throws ScopewardenError as `put` */
  remove(change: Write & { readonly entities: readonly EntityRef[] }): Promise<DirectoryChanged>;
  /** What was approved, or nothing. @throws ScopewardenError CONFLICT */
  carryOut(change: Write & DirectoryOperations, reviewed: Reviewed): Promise<DirectoryChanged>;
  /** One as it is now; null: it is not there. */
  entity(ref: EntityRef): Entity | null;
  readonly page: DirectoryStore["page"];
}

const ATTEMPTS = 5;

function checkReason(reason: string): void {
  const problem = reasonProblem(reason);
  if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
}

export function createDirectoryAdmin(deps: {
  readonly store: DirectoryStore;
  readonly clock: Clock;
  /** Absent: nothing waits. */
  readonly breathe?: Breathe;
  /** Whether all changes need an approved proposal: what is known of somebody may allow more, and can't be told before. */
  readonly fourEyes?: boolean;
}): DirectoryAdmin {
  const { store, clock, breathe = () => Promise.resolve(), fourEyes = false } = deps;
  let known: Directory | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  const current = (): Directory => {
    if (known === null) throw new ScopewardenError("POLICY_UNAVAILABLE", "The directory is not loaded yet.");
    return known;
  };

  async function refreshOnce(): Promise<Directory> {
    const head = await store.headRevision();
    if (known?.revision === head) return known;
    // A database that was put back is read afresh.
    const from = known === null || head < known.revision ? EMPTY_DIRECTORY : known;
    let next: Omit<Directory, "revision"> = from;
    if (head > 0)
      for await (const part of store.difference(from.revision, head)) {
        next = withPart(next, part);
        await breathe();
      }
    known = { revision: head, alike: next.alike, entities: next.entities, linked: next.linked };
    return known;
  }

  function refresh(): Promise<Directory> {
    const run = tail.then(refreshOnce, refreshOnce);
    tail = run.catch(() => undefined);
    return run;
  }

  async function commit(write: Write, { put, remove }: DirectoryOperations, reviewed?: Reviewed) {
    const { author, isBlind = false, reason } = write;
    checkReason(reason);
    if (reviewed === undefined && !mayAlone(fourEyes, write)) {
      const base = await refresh();
      if (isBlind || changedBy(base, { put, remove }).length > 0)
        requireMayAlone("a change of what the directory knows", fourEyes, write);
      return { revision: base.revision, put: 0, removed: 0 };
    }
    const change: DirectoryChange = { author, reason, committedAt: clock(), put, remove, always: isBlind };
    // An account of two would be both of them: what is there must be known, and stay so until the commit.
    const links = put.some(({ properties }) => accountsIn(properties).length > 0);
    for (let attempt = 1; ; attempt++) {
      const base = reviewed === undefined && !links ? null : await refresh();
      if (base !== null) {
        await reviewed?.asApproved(base);
        const problems = accountProblems(base, { put, remove }, { isBlind });
        if (problems.length > 0) throw badInput(problems);
      }
      try {
        const changed =
          base === null
            ? await store.commit(change)
            : await store.commit({ ...change, expectedRevision: base.revision }, reviewed?.carriedOut);
        // Decisions after the answer know it. A command that only loads never asks, and keeps nothing.
        if (known !== null) await refresh();
        return isBlind ? { ...changed, put: put.length, removed: remove.length } : changed;
      } catch (error) {
        const raced = error instanceof ScopewardenError && error.code === "CONFLICT";
        if (!raced || attempt === ATTEMPTS) throw error;
      }
    }
  }

  return {
    current,
    refresh,
    put: async ({ entities, ...write }) => commit(write, { put: readEntities(entities), remove: [] }),
    remove: async ({ entities, ...write }) => commit(write, { put: [], remove: readRefs(entities) }),
    carryOut: async ({ put, remove, ...write }, reviewed) => commit(write, { put, remove }, reviewed),
    entity: ({ type, id }) => current().entities.get(type)?.get(id) ?? null,
    page: (query) => store.page(query),
  };
}
