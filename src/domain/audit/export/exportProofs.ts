import { ScopewardenError } from "../../kernel/errors.ts";
import { beginOf, checkpointsWithin } from "../../record/archive/spanProofs.ts";
import type { ArchiveStore } from "../../record/archive/store.ts";
import type { ExportBegin } from "../../record/exportLine.ts";
import type { RecordProofs } from "../../record/tree/recordProofs.ts";
import type { PlacedLeaf, RecordStore } from "../../record/tree/store.ts";
import type { StoredActReader } from "./store.ts";

/** By what an export of the whole record proves itself. All reject with JOURNAL_UNAVAILABLE. */
export interface ExportProofs {
  /** Up to and with which position acts are archived, and how many those are; 0: none. */
  archived(): Promise<{ readonly until: number; readonly size: number }>;
  /** How an export of the whole begins after so many acts; null: with the first act of the record. */
  begin(size: number): Promise<ExportBegin | null>;
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
  archives,
  sign,
  store,
  stored,
}: {
  readonly archives: ArchiveStore["archives"];
  readonly sign: RecordProofs["sign"];
  readonly store: RecordStore;
  readonly stored: StoredActReader;
}): ExportProofs {
  const archived = async () => (await archives()).at(-1) ?? { until: 0, size: 0 };
  return {
    archived,
    begin: async (size) => (size === 0 ? null : beginOf(store, size, null)),
    async end() {
      const last = await stored.end();
      await store.untilGrown();
      const signed = await sign().catch((error: unknown) => {
        if (error instanceof ScopewardenError && error.code === "CONFLICT") return null;
        throw error;
      });
      const end = signed === null ? null : await store.lastPositionOf(signed.size);
      // Without a key here what was signed last may be long ago: then the newest acts are taken, and not signed.
      return end === null || end < last ? last : end;
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
      const { size: first } = await archived();
      return { checkpoints: await checkpointsWithin(store, { first, size }), size };
    },
  };
}
