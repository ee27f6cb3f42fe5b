import { hash } from "node:crypto";
import { quoted } from "../database/columns.ts";
import type { RawRow, RunSql, Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { ReadBatch } from "../follow/consumer.ts";
import { PARTS } from "./facets.ts";
import { indexColumns } from "./journalTables.ts";
import { addBit, hasBit, keepCommon } from "./positionSets.ts";

/** Of a decision's keys (decisionKeys.ts) those that are looked for one at a time, and through all blocks. */
const LOOKED_FOR = { patient: indexColumns.patient, resourceId: indexColumns.resourceId } as const;
export type SoughtKey = readonly [name: keyof typeof LOOKED_FOR, value: string];
const SOUGHT = Object.keys(LOOKED_FOR) as readonly SoughtKey[0][];

/** Bits of a filter for each position of its block, which has two keys at most: of 200 blocks that lack a key, one at most is looked into all the same. */
const BITS_OF_POSITION = 32;
/** Where in its hash a key has the numbers of the bits that it sets. */
const BITS_AT = [0, 4, 8] as const;
const MOST_BLOCKS = 64;
/** Larger rows SQLite would cut in two. */
const MOST_BITS_OF_SLICE = 64;
/** Rows of the index that are read at a time, and that are hashed in one turn of the event loop. */
const ROWS_READ = 1_024;

/** How blocks of so many positions have their filters side by side. */
export interface BloomShape {
  /** Of one batch. */
  readonly blocks: number;
  /** Of one block's filter. */
  readonly bits: number;
  /** Of each filter of a batch in one slice. */
  readonly bitsOfSlice: number;
  /** Slices of a batch that are made in one step of the sealing of the next: with that all are made. */
  readonly slicesOfStep: number;
}

/** Of a power of two, 64 at least. Small blocks, as tests have them, have small batches. */
export function bloomShape(size: number): BloomShape {
  const blocks = Math.min(MOST_BLOCKS, size / 8);
  const bits = size * BITS_OF_POSITION;
  const bitsOfStep = bits / (blocks * PARTS);
  const bitsOfSlice = Math.min(MOST_BITS_OF_SLICE, bitsOfStep);
  return { blocks, bits, bitsOfSlice, slicesOfStep: bitsOfStep / bitsOfSlice };
}

/** The bits of a filter that a key sets, always the same. */
export function bitsOf([name, value]: SoughtKey, bits: number): readonly number[] {
  const digest = hash("sha256", `${name}\0${value}`, "buffer");
  return BITS_AT.map((at) => digest.readUInt32LE(at) % bits);
}

/** The Bloom filter of a block's keys, of the index as it is now. */
async function bloomOf(
  { dialect, select }: Pick<ReadBatch, "dialect" | "select">,
  { block, size }: { readonly block: number; readonly size: number },
): Promise<Buffer> {
  const columns = Object.entries(LOOKED_FOR);
  const sql = withParameters(
    dialect,
    `SELECT ${columns.map(([name, { name: column }]) => `${quoted(column)} AS "${name}"`).join(", ")} FROM decision_index WHERE "seq" > ? AND "seq" <= ?`,
  );
  const { bits } = bloomShape(size);
  const bloom = Buffer.alloc(bits / 8);
  for (let at = block * size; at < (block + 1) * size; at += ROWS_READ) {
    const rows = await select(sql, [at, Math.min(at + ROWS_READ, (block + 1) * size)]);
    for (const row of rows) {
      for (const name of SOUGHT)
        if (typeof row[name] === "string") for (const bit of bitsOf([name, row[name]], bits)) addBit(bloom, bit);
    }
  }
  return bloom;
}

/** From parts of filters, one of each block in order: for each bit whose number they share, which blocks have it. */
export function sideBySide(parts: readonly Uint8Array[], bitsOfSlice: number): Buffer {
  const masks = Buffer.alloc((bitsOfSlice * parts.length) / 8);
  for (const [block, part] of parts.entries())
    for (let bit = 0; bit < bitsOfSlice; bit++) if (hasBit(part, bit)) addBit(masks, bit * parts.length + block);
  return masks;
}

/** What writes a block's filter, with the last part of its sealing. Filters of the batch before last are in slices by then, and go. */
export async function bloomWrites(
  batch: Pick<ReadBatch, "dialect" | "select">,
  { block, size }: { readonly block: number; readonly size: number },
): Promise<readonly Statement[]> {
  const { dialect } = batch;
  const { blocks } = bloomShape(size);
  const bloom = await bloomOf(batch, { block, size });
  const { bytes, integer, rows } = jsonRows(dialect);
  const insert = `INSERT INTO decision_bloom ("block", "bits") SELECT ${integer(0)}, ${bytes(1)} FROM ${rows} WHERE TRUE`;
  return [
    [withParameters(dialect, insert), [JSON.stringify([[block, bloom.toString("hex")]])]],
    [withParameters(dialect, 'DELETE FROM decision_bloom WHERE "block" <= ?'), [block - 2 * blocks]],
  ];
}

/**
 * What writes some slices of the batch before that of a block, with one part of the block's sealing; nothing where a filter of that batch is
 * gone, as its keys were erased or have left.
 */
export async function sliceWrites(
  { dialect, select }: Pick<ReadBatch, "dialect" | "select">,
  { block, part, size }: { readonly block: number; readonly part: number; readonly size: number },
): Promise<readonly Statement[]> {
  const { bitsOfSlice, blocks, slicesOfStep } = bloomShape(size);
  const batch = Math.floor(block / blocks) - 1;
  const first = ((block % blocks) * PARTS + part) * slicesOfStep;
  const [lowest, above] = [batch * blocks, (batch + 1) * blocks];
  const width = bitsOfSlice / 8;
  const found = await select(
    withParameters(
      dialect,
      'SELECT substr("bits", ?, ?) AS "bits" FROM decision_bloom WHERE "block" >= ? AND "block" < ? ORDER BY "block"',
    ),
    [first * width + 1, slicesOfStep * width, lowest, above],
  );
  if (found.length !== blocks) return [];
  const slices = Array.from({ length: slicesOfStep }, (_, i) => {
    const parts = found.map(({ bits }) => (bits as Buffer).subarray(i * width, (i + 1) * width));
    return [batch, first + i, sideBySide(parts, bitsOfSlice).toString("hex")];
  });
  const { bytes, integer, rows } = jsonRows(dialect);
  const insert = `INSERT INTO decision_bloom_slice ("batch", "slice", "masks") SELECT ${integer(0)}, ${integer(1)}, ${bytes(2)} FROM ${rows}
    WHERE (SELECT COUNT(*) FROM decision_bloom WHERE "block" >= ? AND "block" < ?) = ${blocks}`;
  return [[withParameters(dialect, insert), [JSON.stringify(slices), lowest, above]]];
}

/** Looks up the slice of each row, `j`. PostgreSQL would rather go through all slices; OFFSET has it not. */
const LOOKED_UP: { readonly [Name in Dialect["name"]]: (batch: string, slice: string) => string } = {
  sqlite: (batch, slice) => `CROSS JOIN decision_bloom_slice AS s ON s."batch" = ${batch} AND s."slice" = ${slice}`,
  postgres: (batch, slice) => `CROSS JOIN LATERAL (SELECT "batch", "masks" FROM decision_bloom_slice
    WHERE "batch" = ${batch} AND "slice" = ${slice} OFFSET 0) AS s`,
};

/** The statement for what slices of some batches say of a key: for each of its bits `batch`, and as `mask` which blocks have it. */
export function masksOf(
  dialect: Dialect,
  key: SoughtKey,
  { from, size, to }: { readonly from: number; readonly to: number; readonly size: number },
): Statement {
  const { bits, bitsOfSlice, blocks } = bloomShape(size);
  const { integer, rows } = jsonRows(dialect);
  const width = blocks / 8;
  const wanted: (readonly [batch: number, slice: number, at: number])[] = [];
  for (let batch = from; batch <= to; batch++)
    for (const bit of bitsOf(key, bits))
      wanted.push([batch, Math.floor(bit / bitsOfSlice), (bit % bitsOfSlice) * width + 1]);
  return [
    `SELECT s."batch", substr(s."masks", CAST(${integer(2)} AS INTEGER), ${width}) AS "mask"
      FROM ${rows} ${LOOKED_UP[dialect.name](integer(0), integer(1))}`,
    [JSON.stringify(wanted)],
  ];
}

/**
 * Of the blocks from one to another those that may have a key, the highest first; all others lack it. Of a batch without slices that is each
 * block. Whoever asks knows that all these are sealed.
 */
export async function blocksThatMayHave(
  { ask, dialect }: { readonly ask: (statement: Statement) => Promise<readonly RawRow[]>; readonly dialect: Dialect },
  key: SoughtKey,
  { highest, lowest, size }: { readonly lowest: number; readonly highest: number; readonly size: number },
): Promise<readonly number[]> {
  const { blocks } = bloomShape(size);
  const batchOf = (block: number): number => Math.floor(block / blocks);
  const masks = new Map<number, Uint8Array>();
  for (const { batch, mask } of await ask(
    masksOf(dialect, key, { from: batchOf(lowest), to: batchOf(highest), size }),
  )) {
    const known = masks.get(Number(batch));
    if (known === undefined) masks.set(Number(batch), mask as Buffer);
    else keepCommon(known, mask as Buffer);
  }
  const may: number[] = [];
  for (let block = highest; block >= lowest; block--) {
    const mask = masks.get(batchOf(block));
    if (mask === undefined || hasBit(mask, block % blocks)) may.push(block);
  }
  return may;
}

/** Whether to look into these blocks alone. Where they are most of a range, that is found in its own order, and ends where it has enough. */
export const areFew = (
  among: readonly number[],
  { highest, lowest }: { readonly lowest: number; readonly highest: number },
): boolean => among.length * 2 <= highest - lowest;

/**
 * Forgets the filters of blocks out of whose keys some go, by block and name, and the slices of their batches: bits would tell of what is
 * gone. These blocks are looked into from now on.
 */
export async function forgetBlooms(
  { blockSize, dialect, run }: { readonly run: RunSql; readonly dialect: Dialect; readonly blockSize: number },
  leaving: readonly (readonly [block: number, name: string, ...unknown[]])[],
): Promise<void> {
  const { blocks } = bloomShape(blockSize);
  const gone = new Set(leaving.flatMap(([block, name]) => (Object.hasOwn(LOOKED_FOR, name) ? [block] : [])));
  for (const block of gone) await run(withParameters(dialect, 'DELETE FROM decision_bloom WHERE "block" = ?'), [block]);
  for (const batch of new Set([...gone].map((block) => Math.floor(block / blocks))))
    await run(withParameters(dialect, 'DELETE FROM decision_bloom_slice WHERE "batch" = ?'), [batch]);
}
