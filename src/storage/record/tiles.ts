import { DamagedTreeError } from "../../domain/record/tree/damagedTree.ts";
import type { Digest } from "../../domain/record/tree/recordHash.ts";
import type { RawRow, RunSql, Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";

/** Hashes of one row: a power of two, so that a complete subtree that is smaller lies in one row. */
export const TILE_WIDTH = 256;
export const TILE_LEVELS = 8;
const DIGEST_BYTES = 32;

/** Where hashes stand that are kept. At level n each is the root of a full row of level n - 1; at level 0, of one leaf. */
export interface TileName {
  readonly level: number;
  readonly tile: number;
}
export interface Tile extends TileName {
  readonly hashes: readonly Digest[];
  /** Of level 0: the positions in the journal of its leaves, in their order. */
  readonly positions: readonly number[];
}

export const COLUMNS = '"level", "tile", "hashes", "first_position", "last_position", "offsets"';

function digestsOf(bytes: unknown): readonly Digest[] {
  if (!Buffer.isBuffer(bytes) || bytes.length % DIGEST_BYTES !== 0 || bytes.length > TILE_WIDTH * DIGEST_BYTES)
    throw new DamagedTreeError("a row has other hashes");
  const digests: Digest[] = [];
  for (let at = 0; at < bytes.length; at += DIGEST_BYTES) digests.push(bytes.toString("base64", at, at + DIGEST_BYTES));
  return digests;
}

function bytesOf(digests: readonly Digest[]): Buffer {
  const bytes = Buffer.allocUnsafe(digests.length * DIGEST_BYTES);
  for (const [i, digest] of digests.entries()) bytes.write(digest, i * DIGEST_BYTES, DIGEST_BYTES, "base64");
  return bytes;
}

/** Positions are mostly without gaps, and then not written out. @throws DamagedTreeError where they do not grow */
function positionsOf(row: RawRow, count: number): readonly number[] {
  if (row.first_position === null) return [];
  const first = Number(row.first_position);
  const offsets = row.offsets === null ? Array.from({ length: count }, (_, i) => i) : offsetsIn(String(row.offsets));
  const positions = offsets?.map((offset) => first + offset) ?? [];
  const isGrowing = positions.every(
    (position, i) => Number.isSafeInteger(position) && position > (positions[i - 1] ?? 0),
  );
  if (positions.length !== count || !isGrowing) throw new DamagedTreeError("a row has other positions than hashes");
  return positions;
}

function offsetsIn(text: string): readonly number[] | null {
  try {
    const offsets: unknown = JSON.parse(text);
    return Array.isArray(offsets) && offsets.every(Number.isSafeInteger) ? offsets : null;
  } catch {
    return null;
  }
}

export function tileOf(row: RawRow): Tile {
  const hashes = digestsOf(row.hashes);
  return { level: Number(row.level), tile: Number(row.tile), hashes, positions: positionsOf(row, hashes.length) };
}

export interface TileReader {
  readonly run: RunSql;
  readonly dialect: Dialect;
}

/** The last row of a level; null: it has none. */
export async function lastTile({ run, dialect }: TileReader, level: number): Promise<Tile | null> {
  const sql = `SELECT ${COLUMNS} FROM record_tile WHERE "level" = ? ORDER BY "tile" DESC LIMIT 1`;
  const [row] = (await run(withParameters(dialect, sql), [level])).rows;
  return row === undefined ? null : tileOf(row);
}

/** The row of leaves that would have the leaf at a position; null: they all come later. */
export async function tileAt({ run, dialect }: TileReader, position: number): Promise<Tile | null> {
  const sql = `SELECT ${COLUMNS} FROM record_tile WHERE "level" = 0 AND "first_position" <= ?
    ORDER BY "first_position" DESC LIMIT 1`;
  const [row] = (await run(withParameters(dialect, sql), [position])).rows;
  return row === undefined ? null : tileOf(row);
}

/** The rows of leaves that have any of the acts from a position up to and with another, in their order. */
export async function tilesBetween(
  { run, dialect }: TileReader,
  first: number,
  last: number,
): Promise<readonly Tile[]> {
  const sql = `SELECT ${COLUMNS} FROM record_tile WHERE "level" = 0 AND "first_position" <= ? AND "first_position" >=
    COALESCE((SELECT MAX("first_position") FROM record_tile WHERE "level" = 0 AND "first_position" <= ?), 0) ORDER BY "tile"`;
  return (await run(withParameters(dialect, sql), [last, first])).rows.map(tileOf);
}

/** These rows, as far as they are there. */
export async function readTiles({ run, dialect }: TileReader, names: readonly TileName[]): Promise<readonly Tile[]> {
  if (names.length === 0) return [];
  const wanted = names.map(() => '("level" = ? AND "tile" = ?)').join(" OR ");
  const sql = `SELECT ${COLUMNS} FROM record_tile WHERE ${wanted}`;
  const { rows } = await run(
    withParameters(dialect, sql),
    names.flatMap(({ level, tile }) => [level, tile]),
  );
  return rows.map(tileOf);
}

/** The statement that writes rows, each in the place of the shorter one that it was. */
export function writeTiles(dialect: Dialect, tiles: readonly Tile[]): Statement {
  const { bytes, integer, rows, text } = jsonRows(dialect);
  const items = [integer(0), integer(1), bytes(2), integer(3), integer(4), text(5)].join(", ");
  const sql = `INSERT INTO record_tile (${COLUMNS}) SELECT ${items} FROM ${rows} WHERE TRUE
    ON CONFLICT ("level", "tile") DO UPDATE SET "hashes" = excluded."hashes", "last_position" = excluded."last_position",
    "offsets" = excluded."offsets"`;
  const values = tiles.map(({ hashes, level, positions, tile }) => {
    const [first = null, last = null] = [positions[0], positions.at(-1)];
    const hasGaps = first !== null && last !== null && last - first !== positions.length - 1;
    const offsets = hasGaps ? JSON.stringify(positions.map((position) => position - first)) : null;
    return [level, tile, bytesOf(hashes).toString("hex"), first, last, offsets];
  });
  return [withParameters(dialect, sql), [JSON.stringify(values)]];
}
