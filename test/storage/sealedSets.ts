import assert from "node:assert/strict";
import type { Column } from "../../src/storage/database/columns.ts";
import { KEYS } from "../../src/storage/journal/decisionKeys.ts";
import { FACETS, type Facet, valueKey } from "../../src/storage/journal/facets.ts";
import { bitsOf, bloomShape, sideBySide } from "../../src/storage/journal/keyBlooms.ts";
import { addBit, addStored, offsetsDown } from "../../src/storage/journal/positionSets.ts";
import type { Backend } from "./backends.ts";

/** Every filter of a sealed block that there is, and every slice of such, is what the keys say. */
async function requireTrueBlooms({ raw }: Backend, url: string, size: number): Promise<void> {
  const { bits, bitsOfSlice, blocks } = bloomShape(size);
  const blooms = new Map<number, Buffer>();
  for (const { block } of await raw(url, 'SELECT "block" FROM decision_block'))
    blooms.set(Number(block), Buffer.alloc(bits / 8));
  for (const { block, name, value } of await raw(url, "SELECT * FROM decision_key"))
    if (name === "patient" || name === "resourceId")
      for (const bit of bitsOf([name, String(value)], bits))
        addBit(blooms.get(Number(block)) ?? Buffer.alloc(bits), bit);
  for (const row of await raw(url, 'SELECT * FROM decision_bloom JOIN decision_block USING ("block")'))
    assert.deepEqual(row.bits, blooms.get(Number(row.block)), `block ${row.block}`);
  for (const { batch, masks, slice } of await raw(url, "SELECT * FROM decision_bloom_slice")) {
    const from = (Number(slice) * bitsOfSlice) / 8;
    const parts = Array.from({ length: blocks }, (_, i) =>
      blooms.get(Number(batch) * blocks + i)?.subarray(from, from + bitsOfSlice / 8),
    );
    assert.ok(!parts.includes(undefined), `batch ${batch} is not sealed`);
    assert.deepEqual(masks, sideBySide(parts as Buffer[], bitsOfSlice), `slice ${slice} of batch ${batch}`);
  }
}

/** Every sealed set and key is what the index says: none lacks, none is twice, none says more; and so are the filters of keys. */
export async function requireTrueSets(backend: Backend, url: string, size: number): Promise<void> {
  const { raw } = backend;
  const wanted: string[] = [];
  const [end] = await raw(url, `SELECT (MAX("block") + 1) * ${size} AS "end" FROM decision_block`);
  const rows = await raw(url, `SELECT * FROM decision_index WHERE "seq" <= ${Number(end?.end ?? 0)}`);
  for (const row of rows)
    for (const [name, { column, valuesIn }] of Object.entries<Facet>(FACETS))
      if (row[column.name] !== null)
        for (const value of valuesIn(String(row[column.name])))
          wanted.push(JSON.stringify([name, valueKey(value), Number(row.seq)]));
  const sealed = await raw(
    url,
    `SELECT f.* FROM decision_facet AS f JOIN decision_block USING ("block")
    WHERE "block" < ${Number(end?.end ?? 0) / size}`,
  );
  const stored = sealed.flatMap(({ block, facet, positions, value }) => {
    const bits = new Uint8Array(size / 8);
    addStored(bits, positions as Buffer);
    return [...offsetsDown(bits)].map((at) => JSON.stringify([facet, value, Number(block) * size + at + 1]));
  });
  assert.deepEqual(stored.sort(), wanted.sort());
  const keys = await raw(
    url,
    `SELECT k.* FROM decision_key AS k JOIN decision_block USING ("block") WHERE "block" < ${Number(end?.end ?? 0) / size}`,
  );
  assert.deepEqual(
    keys.map(({ block, name, seq, value }) => JSON.stringify([Number(block), name, value, Number(seq)])).sort(),
    rows
      .flatMap((row) =>
        Object.entries<Column>(KEYS).flatMap(([name, column]) =>
          row[column.name] === null
            ? []
            : [JSON.stringify([Math.floor((Number(row.seq) - 1) / size), name, row[column.name], Number(row.seq)])],
        ),
      )
      .sort(),
  );
  await requireTrueBlooms(backend, url, size);
}
