import { DIMENSIONS, type DimensionName } from "../../src/storage/journal/rollup/dimensions.ts";
import type { Storage } from "../../src/storage/storage.ts";

/** All counts of a dimension, by what their keys say: the ids of these are others when all is counted again. */
export const countedIn = (name: DimensionName): string =>
  `SELECT k."key", k."last_at", r."grain", r."bucket", r."n" FROM rollup AS r JOIN rollup_key AS k ON k."id" = r."key"
    WHERE r."dimension" = ${DIMENSIONS[name].id}`;

/** Ends when all that is on record is counted and explained: figures wait for nothing. */
export const untilCounted = ({ untilFollowed }: Pick<Storage, "untilFollowed">): Promise<void> => untilFollowed();

/** Has so many keys of a dimension begin on the day of a time. */
export const fillDay = (name: DimensionName, at: number, keys: number): string =>
  `INSERT INTO rollup_key ("dimension", "day", "digest", "key", "last_at")
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${keys})
    SELECT ${DIMENSIONS[name].id}, ${Math.floor(at / 86_400_000)}, 'filled ${filled++} ' || i, '["filled","filled"]', 0 FROM n`;
let filled = 0;
