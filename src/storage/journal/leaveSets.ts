import { quoted } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { type FacetRow, insertSets } from "./decisionBlocks.ts";
import { FACETS, type Facet, valueKey } from "./facets.ts";
import { storedWithout } from "./positionSets.ts";

/** Facets out of whose sets decisions go. */
export interface LeavingFacets {
  readonly facets: readonly (readonly [name: string, facet: Facet])[];
  /** Their columns of the index. */
  readonly columns: string;
}
const leavingFacets = (facets: LeavingFacets["facets"]): LeavingFacets => ({
  facets,
  columns: [...new Set(facets.map(([, { column }]) => quoted(column.name)))].join(", "),
});
const ALL = Object.entries<Facet>(FACETS);
export const ALL_FACETS = leavingFacets(ALL);
export const PERSONAL_FACETS = leavingFacets(ALL.filter(([, { personal }]) => personal));

interface Leaving {
  readonly key: readonly [facet: string, value: string, block: number];
  readonly offsets: number[];
}

/** What leaves which set. */
function leavingOf(
  rows: readonly RawRow[],
  { facets }: LeavingFacets,
  blockSize: number,
): ReadonlyMap<string, Leaving> {
  const leaving = new Map<string, Leaving>();
  for (const row of rows) {
    const at = Number(row.seq) - 1;
    for (const [name, { column, valuesIn }] of facets) {
      const text = row[column.name];
      for (const value of typeof text === "string" ? new Set(valuesIn(text)) : []) {
        const key = [name, valueKey(value), Math.floor(at / blockSize)] as const;
        const known = leaving.get(JSON.stringify(key)) ?? { key, offsets: [] };
        known.offsets.push(at % blockSize);
        leaving.set(JSON.stringify(key), known);
      }
    }
  }
  return leaving;
}

/**
 * Takes decisions out of the sets of some facets, by which they are found; a set that has no other goes, and its value with it. `rows` are
 * as the index had them, with `seq` and the columns of these facets. Of blocks that are not sealed there is nothing to take; whoever seals
 * one meanwhile must be kept waiting.
 */
export async function leaveSets(
  { blockSize, dialect, run }: { readonly run: RunSql; readonly dialect: Dialect; readonly blockSize: number },
  rows: readonly RawRow[],
  facets: LeavingFacets,
): Promise<void> {
  const leaving = leavingOf(rows, facets, blockSize);
  if (leaving.size === 0) return;
  const { integer, rows: given, text } = jsonRows(dialect);
  const keys = JSON.stringify([...leaving.values()].map(({ key }) => key));
  const found = await run(
    withParameters(
      dialect,
      `SELECT f."facet", f."value", f."block", f."positions" FROM ${given}
        JOIN decision_facet AS f ON f."facet" = ${text(0)} AND f."value" = ${text(1)} AND f."block" = ${integer(2)}`,
    ),
    [keys],
  );
  if (found.rows.length === 0) return;
  const left = found.rows.flatMap(({ block, facet, positions, value }): readonly FacetRow[] => {
    const key = [String(facet), String(value), Number(block)] as const;
    const offsets = leaving.get(JSON.stringify(key))?.offsets ?? [];
    const stored = storedWithout(positions as Buffer, offsets, blockSize);
    return stored === null ? [] : [[...key, stored.toString("hex")]];
  });
  const remove = `DELETE FROM decision_facet
    WHERE ("facet", "value", "block") IN (SELECT ${text(0)}, ${text(1)}, ${integer(2)} FROM ${given})`;
  await run(withParameters(dialect, remove), [keys]);
  if (left.length > 0) await run(insertSets(dialect), [JSON.stringify(left)]);
}
