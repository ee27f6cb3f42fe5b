import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Breathe, Clock } from "../kernel/ports.ts";
import { reasonProblem } from "../kernel/text.ts";
import { type Applied, applyInParts, applyOperations, applyRollback, type ChangeFacts } from "./apply.ts";
import { changesFrom, withChangesInParts } from "./difference.ts";
import type { PolicyFinding } from "./finding.ts";
import { type CarriedStep, requireNarrowing, type Writer } from "./fourEyes.ts";
import { type NamedRow, withInherited } from "./namedRows.ts";
import type { PlacedRole } from "./obligationsEnded.ts";
import type { PolicyOperation, PutMode } from "./operations.ts";
import { organizationsOfPolicy } from "./organizationNames.ts";
import type { Snapshot } from "./snapshot.ts";
import type { NewRevision, PolicyRevision, PolicyStore } from "./store.ts";
import { dueSunsets, SUNSET_AUTHOR, sunsetChange } from "./sunsets.ts";
import { type ClientUse, DAY_MS, RECENT_USE_DAYS, type ReadUse, type RecentUse } from "./use.ts";

/** What every write of the policy says beside what it changes. */
interface Write extends Writer {
  readonly reason: string;
  /** The revision that it was thought out on; absent: whichever is current. */
  readonly expectedRevision?: number | null | undefined;
  /** Whether it is only tried: everything is read and checked, and nothing changes. */
  readonly dryRun?: boolean | null | undefined;
}
interface ApplyPolicy extends Write {
  readonly operations: readonly PolicyOperation[];
  readonly mode?: PutMode | undefined;
}
interface Rollback extends Write {
  readonly toRevision: number;
}

/** A write that carries out a proposal or an access request, and so is what was approved, or is not made. */
export interface Reviewed {
  readonly carriedOut: CarriedStep;
  /** Asked before each attempt, with what would be made of the policy as it is. Throws where that is not what was approved. */
  asApproved(applied: Applied): Promise<void>;
}

/** What a change would make of the policy as it is now, with nothing put on record. */
type PolicyTrial = Pick<ApplyPolicy, "operations"> | Pick<Rollback, "toRevision">;

/** The revision that a write made; of a dry run the one that it would make. */
export interface Written extends PolicyRevision {
  /** Absent where nothing changed: what the revision that stands changed is for the store to say. */
  readonly changes?: NewRevision["changes"];
  readonly dryRun: boolean;
  readonly findings: readonly PolicyFinding[];
}

/** Holds the current snapshot and changes it. A failure of any kind leaves the old snapshot in place. */
export interface PolicyAdmin {
  /** @throws ScopewardenError POLICY_UNAVAILABLE before the first load. */
  readonly current: () => Snapshot;
  /** Loads the newest revision if the store has one that is not current, e.g. from another instance. */
  refresh(): Promise<Snapshot>;
  /**
   * Without `reviewed` a change that may allow more is made as `requireMayAlone` has it.
   * @throws ScopewardenError BAD_USER_INPUT with every problem, CONFLICT when expectedRevision is not current,
   * FOUR_EYES_REQUIRED, INSUFFICIENT_USER_AUTHENTICATION
   */
  apply(change: ApplyPolicy, reviewed?: Reviewed): Promise<Written>;
  /** As `apply`; what it leaves as it is stands in the findings. */
  rollback(change: Rollback, reviewed?: Reviewed): Promise<Written>;
  /** What would come of a change now. Waits for nobody, and reads nothing of how scopes are used. */
  trial(change: PolicyTrial): Promise<Applied>;
  /** Why what somebody has read no longer stands, as words: a named row, or a role that one inherits, began or ended since. */
  movedSince(named: readonly NamedRow[], revision: number): Promise<string | null>;
  /**
   * Retires every version whose sunset has come, each as a revision of its own; answers with those that were made. What
   * another instance has retired meanwhile is left alone.
   */
  retireDue(): Promise<readonly PolicyRevision[]>;
  revision(revision: number): Promise<PolicyRevision | null>;
  readonly revisions: PolicyStore["revisions"];
  readonly changes: PolicyStore["changes"];
}

const ATTEMPTS = 5;

function checkReason(reason: string): void {
  const problem = reasonProblem(reason);
  if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
}

export function createPolicyAdmin(deps: {
  readonly store: PolicyStore;
  readonly facts: () => ChangeFacts;
  readonly clock: Clock;
  /** Asked before a scope is retired without force; absent: nothing is known of any use. */
  readonly readUse?: ReadUse;
  /** Organizations that are known beside the policy, asked before roles are assigned. Absent: none. */
  readonly organizationsBeside?: () => Promise<ReadonlySet<string>>;
  /** The roles that keys in force may assert. Absent: none. */
  readonly assertable?: () => Promise<readonly PlacedRole[]>;
  /** Absent: nothing waits. */
  readonly breathe?: Breathe;
  /** Whether what may allow more needs an approved proposal. */
  readonly fourEyes?: boolean;
}): PolicyAdmin {
  const { store, facts, clock, breathe = () => Promise.resolve(), fourEyes = false } = deps;
  let snapshot: Snapshot | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  const current = (): Snapshot => {
    if (snapshot === null) throw new ScopewardenError("POLICY_UNAVAILABLE", "The policy is not loaded yet.");
    return snapshot;
  };
  const refresh = async (): Promise<Snapshot> => {
    const head = await store.headRevision();
    if (snapshot?.revision === head) return snapshot;
    snapshot = snapshot === null || head < snapshot.revision ? await store.load() : await follow(snapshot, head);
    return snapshot;
  };
  const changesTo = (from: Snapshot, revision: number) =>
    changesFrom(store.difference(from.revision, revision), breathe);
  /** The snapshot of a later revision by what differs, so that a million rules are not read again. */
  const follow = async (from: Snapshot, revision: number): Promise<Snapshot> =>
    withChangesInParts(from, await changesTo(from, revision), { revision, breathe });
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
      changeCount: 0,
    };

  async function commit(
    change: Write,
    next: (base: Snapshot) => Applied | Promise<Applied>,
    reviewed?: Reviewed,
  ): Promise<{ readonly revision: Written; readonly made: boolean }> {
    checkReason(change.reason);
    // Nobody's forgotten variable makes a trial a change.
    if (change.dryRun === null)
      throw badInput([{ path: "dryRun", message: "must not be null; leave it out for false" }]);
    const dryRun = change.dryRun ?? false;
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
      await reviewed?.asApproved(applied);
      if (!applied.ok) throw badInput(applied.problems);
      const { findings } = applied;
      if (applied.changes.length === 0)
        return { revision: { ...(await headRevision(base, change)), dryRun, findings }, made: false };
      const { author, reason } = change;
      const revision: NewRevision = {
        revision: applied.snapshot.revision,
        author,
        reason,
        committedAt: clock(),
        changes: applied.changes,
      };
      const changeCount = applied.changes.length;
      if (dryRun) return { revision: { ...revision, changeCount, dryRun, findings }, made: false };
      if (reviewed === undefined) requireNarrowing(findings, fourEyes, change);
      try {
        await store.commit(revision, reviewed?.carriedOut);
      } catch (error) {
        // Another instance was first. Without an expected revision the change is made again on what is there now.
        const raced = error instanceof ScopewardenError && error.code === "CONFLICT";
        if (raced && attempt < ATTEMPTS) continue;
        throw error;
      }
      snapshot = applied.snapshot;
      return { revision: { ...revision, changeCount, dryRun, findings }, made: true };
    }
  }

  /** Where roles are assigned: all organizations that occur somewhere. */
  async function knownOrganizations(operations: readonly PolicyOperation[]): Promise<ReadonlySet<string> | null> {
    const { organizationsBeside } = deps;
    const assigns = operations.some(({ assignRole }) => assignRole !== undefined && assignRole !== null);
    if (organizationsBeside === undefined || !assigns) return null;
    return new Set([
      ...(await organizationsOfPolicy(await serially(refresh), breathe)),
      ...(await organizationsBeside()),
    ]);
  }

  async function factsWithKeys(): Promise<() => ChangeFacts> {
    const assertable = (await deps.assertable?.()) ?? [];
    return () => ({ ...facts(), assertable });
  }

  /** Read before the change is made, which must not wait for the journal while others wait for it. */
  async function factsFor(operations: readonly PolicyOperation[]): Promise<() => ChangeFacts> {
    const organizations = await knownOrganizations(operations);
    const recentUse = await recentUseFor(operations);
    const withKeys = await factsWithKeys();
    return () => ({
      ...withKeys(),
      ...(organizations !== null && { organizations }),
      ...(recentUse !== null && { recentUse }),
    });
  }

  async function recentUseFor(operations: readonly PolicyOperation[]): Promise<RecentUse | null> {
    const { readUse } = deps;
    if (readUse === undefined) return null;
    const since = clock() - RECENT_USE_DAYS * DAY_MS;
    const use = new Map<string, readonly ClientUse[]>();
    for (const { retireScope } of operations) {
      if (retireScope === undefined || retireScope === null || retireScope.force === true) continue;
      if (!use.has(retireScope.name)) use.set(retireScope.name, await readUse(retireScope.name, since));
    }
    return use.size === 0 ? null : (scope) => use.get(scope) ?? [];
  }

  async function retireDue(): Promise<readonly PolicyRevision[]> {
    const made: PolicyRevision[] = [];
    for (const due of dueSunsets(await refresh(), clock())) {
      const { operations, reason } = sunsetChange(due);
      const committed = await commit({ author: SUNSET_AUTHOR, reason }, (base) => {
        const now = facts();
        const still = dueSunsets(base, now.now).some((d) => d.name === due.name && d.version === due.version);
        return still ? applyOperations(base, operations, now) : { ok: true, snapshot: base, changes: [], findings: [] };
      });
      if (committed.made) made.push(committed.revision);
    }
    return made;
  }

  async function rolledBack(base: Snapshot, toRevision: number, known: () => ChangeFacts): Promise<Applied> {
    if (!Number.isInteger(toRevision) || toRevision < 0 || toRevision > base.revision) {
      return {
        ok: false,
        problems: [{ path: "toRevision", message: `must be a revision from 0 to ${base.revision}` }],
      };
    }
    return applyRollback(base, await changesTo(base, toRevision), { toRevision, facts: known(), breathe });
  }

  return {
    current,
    refresh: () => serially(refresh),
    async apply(change, reviewed) {
      const { operations, mode } = change;
      const known = await factsFor(operations);
      const apply = (base: Snapshot) => applyInParts(base, operations, { facts: known(), mode, breathe });
      return (await serially(() => commit(change, apply, reviewed))).revision;
    },
    async rollback(change, reviewed) {
      const known = await factsWithKeys();
      const back = (base: Snapshot) => rolledBack(base, change.toRevision, known);
      return (await serially(() => commit(change, back, reviewed))).revision;
    },
    async trial(change) {
      const known = await factsWithKeys();
      return "operations" in change
        ? applyInParts(current(), change.operations, { facts: known(), breathe })
        : rolledBack(current(), change.toRevision, known);
    },
    async movedSince(named, revision) {
      const at = current();
      const all = withInherited(at, named);
      const found = await store.moved(all, { after: revision, upTo: at.revision });
      if (found === null) return null;
      const isNamed = named.some(({ noun, id }) => noun === found.noun && id === found.id);
      return `${found.noun} ${found.id}, which ${isNamed ? "it names" : "a role that it names inherits"}, was changed`;
    },
    retireDue: () => serially(retireDue),
    revision: (revision) => store.revision(revision),
    async revisions(query) {
      const { key, noun } = query.filter;
      if ((noun === undefined) !== (key === undefined)) {
        const [path, other] = noun === undefined ? ["noun", "key"] : ["key", "noun"];
        throw badInput([
          { path: `filter.${path}`, message: `must be given with ${other}: together they name one thing` },
        ]);
      }
      return store.revisions(query);
    },
    changes: (query) => store.changes(query),
  };
}
