import { leafEntry } from "../../domain/record/tree/leafEntry.ts";
import { foldRight, leafHash } from "../../domain/record/tree/merkleTree.ts";
import type { Digest } from "../../domain/record/tree/recordHash.ts";
import { recordHash } from "../../process/recordHash.ts";
import { type Consumer, type ReadBatch, readingOnly } from "../journal/consumer.ts";
import { lastTile, TILE_WIDTH, type Tile, type TileReader, writeTiles } from "./tiles.ts";

/** A leaf that is to be added. */
interface Leaf {
  readonly digest: Digest;
  readonly position: number;
}

/** The leaves of a batch, in their order. */
const leavesOf = ({ acts }: ReadBatch): readonly Leaf[] =>
  acts.map(({ position, stored }) => ({ digest: leafHash(leafEntry(stored, recordHash), recordHash), position }));

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
 * `db rebuild-index` leaves it alone.
 */
export const recordTree: Consumer = {
  name: "record_tree",
  takesAll: true,
  // An act is never changed but in what its leaf has in its place, and the tree grows with this consumer's position alone.
  read: async (batch) => rowsWith(readingOnly(batch), 0, leavesOf(batch)),
  async write({ change, dialect }, rows: readonly Tile[]) {
    if (rows.length > 0) await change(...writeTiles(dialect, rows));
  },
};
