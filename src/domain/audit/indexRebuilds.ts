import type { Caller } from "../callers/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/ports.ts";
import { type Act, indexRebuildAct } from "../record/acts.ts";
import type { IndexRebuildAct, Rebuilt } from "../record/indexRebuildAct.ts";

/** Rebuilds of damaged tables of the search index, as they are on record. */
export interface IndexRebuildStore {
  /** All of them, in their order. Rejects with JOURNAL_UNAVAILABLE. */
  acts(): Promise<readonly IndexRebuildAct[]>;
}

/** Those of which no auditor has taken note, the oldest first. */
export function unacknowledged(acts: readonly IndexRebuildAct[]): readonly Rebuilt[] {
  const known = new Set(acts.flatMap((act) => (act.event === "ACKNOWLEDGED" ? [act.rebuildId] : [])));
  return acts.flatMap((act) => (act.event === "REBUILT" && !known.has(act.rebuildId) ? [act] : []));
}

/** What auditors see of the rebuilds of the index, each of which `verify` mentions until one of them has taken note. */
export interface IndexRebuilds {
  /** Those of which nobody has taken note. */
  pending(): Promise<readonly Rebuilt[]>;
  /** @throws ScopewardenError NOT_FOUND, CONFLICT */
  acknowledge(caller: Caller, rebuildId: string): Promise<Rebuilt>;
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
      const rebuilt = acts.find((act) => act.event === "REBUILT" && act.rebuildId === rebuildId);
      if (rebuilt?.event !== "REBUILT")
        throw new ScopewardenError("NOT_FOUND", "There is no rebuild of the search index with this id.");
      if (!unacknowledged(acts).includes(rebuilt))
        throw new ScopewardenError("CONFLICT", "This rebuild of the search index was acknowledged already.");
      await recordAct(indexRebuildAct({ event: "ACKNOWLEDGED", rebuildId, at: clock(), author: caller.id }));
      return rebuilt;
    },
  };
}
