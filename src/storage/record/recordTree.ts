import { leafEntry, type StoredAct } from "../../domain/record/tree/leafEntry.ts";
import { foldRight, leafHash } from "../../domain/record/tree/merkleTree.ts";
import type { Digest } from "../../domain/record/tree/recordHash.ts";
import { recordHash } from "../../process/recordHash.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { type PlanningFollower, type ReadBatch, readingOnly } from "../journal/follower.ts";
import { lastTile, TILE_WIDTH, type Tile, type TileReader, writeTiles } from "./tiles.ts";

/** The columns of `journal` that a leaf is made of. */
export const LEAF_COLUMNS = '"seq", "kind", "format", "id", "salt", "record", "personal"';

export const storedActOf = (row: RawRow): StoredAct => ({
  position: Number(row.seq),
  kind: String(row.kind),
  format: Number(row.format),
  id: String(row.id),
  salt: row.salt === null ? null : String(row.salt),
  record: String(row.record),
  personal: String(row.personal),
});

/** Of the acts of one step: hashing them takes some 2 ms a MiB, in which nothing else is done. */
const BYTES = 2 * 1024 * 1024;

/** A leaf that is to be added. */
interface Leaf {
  readonly digest: Digest;
  readonly position: number;
}

/** Acts of one step: a turn of the writer takes as long for some hundreds as for a few, which only rewrite the last row. */
const ACTS = { fewest: 16, most: 2_048 };
/** Leaves between two turns of the event loop: they take about a millisecond. */
const SLICE = 32;

/** The leaves of a batch, in their order. */
async function leavesOf({ select, dialect, after, until, giveWay }: ReadBatch): Promise<readonly Leaf[]> {
  const sql = `SELECT ${LEAF_COLUMNS} FROM journal WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq"`;
  const leaves: Leaf[] = [];
  for (const [i, row] of (await select(withParameters(dialect, sql), [after, until])).entries()) {
    if (i % SLICE === SLICE - 1) await giveWay();
    const act = storedActOf(row);
    leaves.push({ digest: leafHash(leafEntry(act, recordHash), recordHash), position: act.position });
  }
  return leaves;
}

/** The root over a full row, which is one hash of the level above. */
export const rootOfTile = ({ hashes }: Pick<Tile, "hashes">): Digest => {
  let level = hashes;
  // Halved each time: a fold from the right would join what does not lie side by side.
  while (level.length > 1)
    level = level.flatMap((left, i) => (i % 2 === 0 ? [foldRight([left, level[i + 1] as Digest], recordHash)] : []));
  return level[0] as Digest;
};

/** The rows that have hashes added at the end of a level, and at the levels above the roots of rows that become full. */
async function rowsWith(reader: TileReader, level: number, added: readonly Leaf[]): Promise<readonly Tile[]> {
  if (added.length === 0) return [];
  const last = await lastTile(reader, level);
  let open: Tile =
    last === null || last.hashes.length < TILE_WIDTH
      ? (last ?? { level, tile: 0, hashes: [], positions: [] })
      : { level, tile: last.tile + 1, hashes: [], positions: [] };
  const rows: Tile[] = [];
  const above: Leaf[] = [];
  for (let at = 0; at < added.length; ) {
    const taken = added.slice(at, at + TILE_WIDTH - open.hashes.length);
    at += taken.length;
    const tile: Tile = {
      ...open,
      hashes: [...open.hashes, ...taken.map(({ digest }) => digest)],
      positions: level === 0 ? [...open.positions, ...taken.map(({ position }) => position)] : [],
    };
    rows.push(tile);
    if (tile.hashes.length < TILE_WIDTH) break;
    above.push({ digest: rootOfTile(tile), position: 0 });
    open = { level, tile: tile.tile + 1, hashes: [], positions: [] };
  }
  return [...rows, ...(await rowsWith(reader, level + 1, above))];
}

/**
 * Makes each act on record a leaf of the one Merkle tree, in the order of the journal, each once. What it keeps is never taken back:
 * `rebuild-index` leaves it alone.
 */
export const recordTree = {
  name: "record_tree",
  mayFallBehind: true,
  acts: ACTS,
  bytes: BYTES,
  // An act is never changed but in what its leaf has in its place, and the tree grows with the follower's position alone.
  async plan(batch) {
    const rows = await rowsWith(readingOnly(batch), 0, await leavesOf(batch));
    return { conditions: [], statements: rows.length === 0 ? [] : [writeTiles(batch.dialect, rows)] };
  },
} as const satisfies PlanningFollower;
