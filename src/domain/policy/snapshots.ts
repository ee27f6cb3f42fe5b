import { badInput } from "../kernel/errors.ts";
import type { Breathe } from "../kernel/ports.ts";
import { changesFrom, withChangesInParts } from "./difference.ts";
import type { Snapshot } from "./snapshot.ts";
import type { PolicyStore } from "./store.ts";

/** The policy as it was. */
export interface Snapshots {
  /** @throws ScopewardenError BAD_USER_INPUT for what is no revision, naming `path`; POLICY_UNAVAILABLE */
  at(revision: number, path: string): Promise<Snapshot>;
  /** The revision that was in force at a time, milliseconds since 1970; 0 before the first. */
  revisionAt(time: number): Promise<number>;
}

/** Old snapshots that are kept: they share all that does not differ. */
const KEPT = 16;

/** Snapshots by revision, each made from the nearest at hand by the rows that differ: a million rules are not read again. */
export function createSnapshots(deps: {
  readonly current: () => Snapshot;
  readonly store: Pick<PolicyStore, "difference" | "revisions">;
  readonly breathe: Breathe;
}): Snapshots {
  const { current, store, breathe } = deps;
  /** The one that was used last at the end. */
  const kept = new Map<number, Snapshot>();
  let tail: Promise<unknown> = Promise.resolve();

  function keep(snapshot: Snapshot): Snapshot {
    kept.delete(snapshot.revision);
    kept.set(snapshot.revision, snapshot);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return snapshot;
  }

  async function made(revision: number): Promise<Snapshot> {
    const found = kept.get(revision);
    if (found !== undefined) return keep(found);
    let nearest = current();
    for (const each of kept.values())
      if (Math.abs(each.revision - revision) < Math.abs(nearest.revision - revision)) nearest = each;
    const changes = await changesFrom(store.difference(nearest.revision, revision), breathe);
    return keep(await withChangesInParts(nearest, changes, { revision, breathe }));
  }

  return {
    at(revision, path) {
      const now = current();
      if (revision === now.revision) return Promise.resolve(now);
      if (!Number.isInteger(revision) || revision < 0 || revision > now.revision)
        return Promise.reject(badInput([{ path, message: `must be a revision from 0 to ${now.revision}` }]));
      // One at a time: what one makes is near to what the next one wants.
      const turn = tail.then(
        () => made(revision),
        () => made(revision),
      );
      tail = turn.catch(() => undefined);
      return turn;
    },
    async revisionAt(time) {
      const page = await store.revisions({ filter: { to: time + 1 }, page: { first: 1, after: null } });
      return page.items[0]?.node.revision ?? 0;
    },
  };
}
