import { DIMENSIONS, type DimensionName } from "../../src/storage/rollup/dimensions.ts";
import type { Storage } from "../../src/storage/storage.ts";

/** All counts of a dimension, by what their keys say: the ids of these are others when all is counted again. */
export const countedIn = (name: DimensionName): string =>
  `SELECT k."key", k."last_at", r."grain", r."bucket", r."n" FROM rollup AS r JOIN rollup_key AS k ON k."id" = r."key"
    WHERE r."dimension" = ${DIMENSIONS[name].id}`;

/** Ends when all that is on record is counted and explained: figures wait for nothing. */
export async function untilCounted({ journalSpan, watched }: Pick<Storage, "journalSpan" | "watched">): Promise<void> {
  await journalSpan();
  await watched.ofDecision("none");
}
