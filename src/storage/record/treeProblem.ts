import { DamagedTreeError } from "../../domain/record/tree/damagedTree.ts";
import { readEntry } from "../../domain/record/tree/leafEntry.ts";
import { leafHash } from "../../domain/record/tree/merkleTree.ts";
import type { Digest } from "../../domain/record/tree/recordHash.ts";
import { recordHash } from "../../process/recordHash.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { ACT_COLUMNS, storedAct } from "../journal/acts.ts";
import { archivedTo } from "../journal/archivedTo.ts";
import { lastTile, readTiles, type TileReader } from "./tiles.ts";
import { hashesOf, treeSize } from "./treeHashes.ts";

/** Rows of 256 leaves that are looked at, from the end. */
const ROWS = 4;

function digestOf(row: RawRow): Digest | null {
  try {
    const { entry, isCanonical } = readEntry(storedAct(row), recordHash);
    return isCanonical ? leafHash(entry, recordHash) : null;
  } catch {
    return null;
  }
}

/** What is wrong with the newest acts of the tree, or with the tree against its last checkpoint; null: nothing, or there is no tree yet. */
export async function treeProblem(reader: TileReader): Promise<string | null> {
  try {
    return await problemOf(reader);
  } catch (error) {
    if (error instanceof DamagedTreeError) return error.message;
    throw error;
  }
}

async function problemOf(reader: TileReader): Promise<string | null> {
  const { run, dialect } = reader;
  const last = await lastTile(reader, 0);
  if (last === null) return null;
  const names = Array.from({ length: Math.min(ROWS, last.tile + 1) }, (_, i) => ({ level: 0, tile: last.tile - i }));
  const tiles = [...(await readTiles(reader, names))].sort((a, b) => a.tile - b.tile);
  for (const [i, { positions }] of tiles.entries())
    if ((positions[0] ?? 0) <= (tiles[i - 1]?.positions.at(-1) ?? 0))
      throw new DamagedTreeError("a row begins before the one before it ends");
  const first = tiles[0]?.positions[0] ?? 0;
  // Of the same reading: another instance may have added to the last row since it was first looked at.
  const end = tiles.at(-1)?.positions.at(-1) ?? 0;
  const sql = `SELECT ${ACT_COLUMNS} FROM journal WHERE "seq" >= ? AND "seq" <= ?`;
  const { rows } = await run(withParameters(dialect, sql), [first, end]);
  const acts = new Map(rows.map((row) => [Number(row.seq), row]));
  const archived = await archivedTo(run);
  for (const { hashes, positions } of tiles)
    for (const [i, position] of positions.entries()) {
      const row = acts.get(position);
      // By which act it left, `scopewarden record verify` looks into.
      if (row === undefined && position <= archived) continue;
      if (row === undefined) return `the act at position ${position} was removed`;
      if (digestOf(row) !== hashes[i]) return `the act at position ${position} is not what was put on record`;
      acts.delete(position);
    }
  const [inserted] = acts.keys();
  if (inserted !== undefined) return `the act at position ${inserted} was put there later`;
  const newest = 'SELECT "size", "root" FROM record_checkpoint ORDER BY "size" DESC LIMIT 1';
  const [checkpoint] = (await run(newest)).rows;
  if (checkpoint === undefined) return null;
  const size = Number(checkpoint.size);
  if (size > (await treeSize(reader))) return `the record is shorter than the ${size} acts that were signed`;
  const [root] = await hashesOf(reader, [{ from: 0, to: size }]).catch(() => [null]);
  return root === checkpoint.root ? null : `the tree of the record is not the one of ${size} acts that was signed`;
}
