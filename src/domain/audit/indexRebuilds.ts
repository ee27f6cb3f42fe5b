import type { Caller } from "../callers/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/ports.ts";
import { type Act, indexRebuildAct } from "../record/acts.ts";
import type { IndexEmptied, IndexRebuildAct, Rebuilt } from "../record/indexRebuildAct.ts";

/** Rebuilds of damaged tables of the search index, as they are on record. */
export interface IndexRebuildStore {
  /** All of them, in their order. Rejects with JOURNAL_UNAVAILABLE. */
  acts(): Promise<readonly IndexRebuildAct[]>;
}

/** A rebuild as far as it came: one that was begun, and of which it is not on record that it ended, is as it was begun. */
export type KnownRebuild = IndexEmptied | Rebuilt;

/** All rebuilds, by their ids, in the order in which they were begun. */
function rebuildsOf(acts: readonly IndexRebuildAct[]): ReadonlyMap<string, KnownRebuild> {
  const known = new Map<string, KnownRebuild>();
  for (const act of acts) if (act.event !== "ACKNOWLEDGED") known.set(act.rebuildId, act);
  return known;
}

/** Those of which no auditor has taken note, the oldest first. */
export function unacknowledged(acts: readonly IndexRebuildAct[]): readonly KnownRebuild[] {
  const rebuilds = new Map(rebuildsOf(acts));
  for (const act of acts) if (act.event === "ACKNOWLEDGED") rebuilds.delete(act.rebuildId);
  return [...rebuilds.values()];
}

/** What auditors see of the rebuilds of the index, each of which `record verify` mentions until one of them has taken note. */
export interface IndexRebuilds {
  /** Those of which nobody has taken note. */
  pending(): Promise<readonly KnownRebuild[]>;
  /** @throws ScopewardenError NOT_FOUND, CONFLICT */
  acknowledge(caller: Caller, rebuildId: string): Promise<KnownRebuild>;
}

export function createIndexRebuilds(deps: {
  readonly store: IndexRebuildStore;
  readonly clock: Clock;
  readonly recordAct: (act: Act) => Promise<void>;
}): IndexRebuilds {
  const { clock, recordAct, store } = deps;
  return {
    pending: async () => unacknowledged(await store.acts()),
    async acknowledge(caller, rebuildId) {
      const acts = await store.acts();
      const rebuilt = rebuildsOf(acts).get(rebuildId);
      if (rebuilt === undefined)
        throw new ScopewardenError("NOT_FOUND", "There is no rebuild of the search index with this id.");
      if (!unacknowledged(acts).includes(rebuilt))
        throw new ScopewardenError("CONFLICT", "This rebuild of the search index was acknowledged already.");
      await recordAct(indexRebuildAct({ event: "ACKNOWLEDGED", rebuildId, at: clock(), author: caller.id }));
      return rebuilt;
    },
  };
}
