import { ScopewardenError } from "../../kernel/errors.ts";
import type { RecordProofs } from "../../record/tree/recordProofs.ts";
import type { PlacedLeaf, RecordStore } from "../../record/tree/store.ts";
import type { StoredActReader } from "./store.ts";

/** By what an export of the whole record proves itself. All reject with JOURNAL_UNAVAILABLE. */
export interface ExportProofs {
  /**
   * The position of the last act that an export has which begins now: where it can be signed here, all of it is.
   * @throws ScopewardenError INTERNAL where the record is not the one that was signed before
   */
  end(): Promise<number>;
  /** The places of acts that follow each other, by position. */
  leavesOf(acts: readonly { readonly position: number }[]): Promise<ReadonlyMap<number, PlacedLeaf>>;
  /** What the last line says of an export that ends at a position; null: it is a part, and proves nothing by itself. */
  closing(until: number | null): Promise<{ readonly checkpoints: readonly string[]; readonly size: number | null }>;
}

export function createExportProofs({
  sign,
  store,
  stored,
}: {
  readonly sign: RecordProofs["sign"];
  readonly store: RecordStore;
  readonly stored: StoredActReader;
}): ExportProofs {
  return {
    async end() {
      const newest = await stored.end();
      await store.untilGrown();
      const signed = await sign().catch((error: unknown) => {
        if (error instanceof ScopewardenError && error.code === "CONFLICT") return null;
        throw error;
      });
      const end = signed === null ? null : await store.lastPositionOf(signed.size);
      // Without a key here what was signed last may be long ago: then the newest acts are taken, and not signed.
      return end === null || end < newest ? newest : end;
    },
    async leavesOf(acts) {
      const [first, last] = [acts[0], acts.at(-1)];
      if (first === undefined || last === undefined) return new Map();
      const leaves = await store.leavesBetween(first.position, last.position);
      return new Map(leaves.map((leaf) => [leaf.position, leaf]));
    },
    async closing(until) {
      if (until === null) return { checkpoints: [], size: null };
      const [last] = await store.leavesBetween(until, until);
      const size = last === undefined ? 0 : last.index + 1;
      const notes = new Map<number, string>();
      // One of each key, so that who has an old one can follow to the next.
      for (const { untilSize } of await store.keys()) {
        const checkpoint = await store.checkpointUpTo(Math.min(untilSize ?? size, size));
        if (checkpoint !== null) notes.set(checkpoint.size, checkpoint.note);
      }
      return { checkpoints: [...notes].sort(([a], [b]) => a - b).map(([, note]) => note), size };
    },
  };
}
