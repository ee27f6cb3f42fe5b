import assert from "node:assert/strict";
import type { Column } from "../../src/storage/database/columns.ts";
import { KEYS } from "../../src/storage/journal/decisionKeys.ts";
import { FACETS, type Facet, valueKey } from "../../src/storage/journal/facets.ts";
import { addStored, offsetsDown } from "../../src/storage/journal/positionSets.ts";
import type { Backend } from "./backends.ts";

/** Every sealed set and key is what the index says: none lacks, none is twice, none says more. */
export async function requireTrueSets({ raw }: Backend, url: string, size: number): Promise<void> {
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
}
