import {
  EMPTY_ROOT,
  foldRight,
  type LeafRange,
  type Subtree,
  subtreesOf,
} from "../../domain/record/tree/merkleTree.ts";
import type { Digest } from "../../domain/record/tree/recordHash.ts";
import type { TreeRoot } from "../../domain/record/tree/verifyProof.ts";
import { recordHash } from "../../process/recordHash.ts";
import { rootOfTile } from "./recordTree.ts";
import { lastTile, readTiles, TILE_LEVELS, TILE_WIDTH, type Tile, type TileName, type TileReader } from "./tiles.ts";

/** Rows of one statement. */
const PART = 100;

/** The hashes in one row that a complete subtree is made of. */
interface Within extends TileName {
  readonly from: number;
  readonly to: number;
}

function within({ index, level }: Subtree): Within {
  const width = 2 ** (level % TILE_LEVELS);
  const [from, tile] = [(index * width) % TILE_WIDTH, Math.floor((index * width) / TILE_WIDTH)];
  return { level: Math.floor(level / TILE_LEVELS), tile, from, to: from + width };
}

const keyOf = ({ level, tile }: TileName): string => `${level} ${tile}`;

async function tilesByName(reader: TileReader, wanted: readonly Within[]): Promise<ReadonlyMap<string, Tile>> {
  const names = [...new Map(wanted.map((each) => [keyOf(each), each])).values()];
  const found = new Map<string, Tile>();
  for (let at = 0; at < names.length; at += PART)
    for (const tile of await readTiles(reader, names.slice(at, at + PART))) found.set(keyOf(tile), tile);
  return found;
}

/**
 * The roots of ranges, each of which begins where a complete subtree of its size would, in O(log n) reads.
 * @throws Error where the tree does not have all of them
 */
export async function hashesOf(reader: TileReader, ranges: readonly LeafRange[]): Promise<readonly Digest[]> {
  const parts = ranges.map((range) => subtreesOf(range).map(within));
  const tiles = await tilesByName(reader, parts.flat());
  const rootOf = (part: Within): Digest => {
    const hashes = tiles.get(keyOf(part))?.hashes.slice(part.from, part.to) ?? [];
    if (hashes.length !== part.to - part.from) throw new Error("the tree of the record is not all there");
    return rootOfTile({ hashes });
  };
  return parts.map((range) => foldRight(range.map(rootOf), recordHash));
}

export async function treeSize(reader: TileReader): Promise<number> {
  const last = await lastTile(reader, 0);
  return last === null ? 0 : last.tile * TILE_WIDTH + last.hashes.length;
}

export async function treeHead(reader: TileReader): Promise<TreeRoot> {
  const size = await treeSize(reader);
  const [root = EMPTY_ROOT] = size === 0 ? [] : await hashesOf(reader, [{ from: 0, to: size }]);
  return { size, root };
}
