import { quoted } from "../database/columns.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { Facet } from "./facets.ts";

export const DECISION_BLOCKS = "decision_blocks";

/** Positions of a block: block b has those after b times this, up to and with the next multiple. A power of two, 64 at least. Of more than 16,384 a set has no room in PostgreSQL's index. */
export const BLOCK = 8_192;

const OFFSETS: { readonly [Name in Dialect["name"]]: string } = {
  sqlite: `group_concat("seq" - ?)`,
  postgres: `string_agg(("seq" - ?)::TEXT, ',')`,
};

/**
 * Which texts a column has in a block, each with the offsets where. The text that is joined keeps it off the column's own index: to go
 * through all of that would spare the sorting of a block.
 */
export function offsetsByText({ name }: Dialect, { column }: Pick<Facet, "column">): string {
  const text = `(${quoted(column.name)} || '')`;
  return `SELECT ${text} AS "text", ${OFFSETS[name]} AS "offsets" FROM decision_index
    WHERE "seq" > ? AND "seq" <= ? AND ${text} IS NOT NULL GROUP BY 1`;
}

/** One INSERT of any number of sets, whose one parameter is they as JSON. */
export function insertSets(dialect: Dialect): string {
  const { bytes, integer, rows: given, text } = jsonRows(dialect);
  const sql = `INSERT INTO decision_facet ("facet", "value", "block", "positions")
    SELECT ${text(0)}, ${text(1)}, ${integer(2)}, ${bytes(3)} FROM ${given} WHERE TRUE`;
  return withParameters(dialect, sql);
}

export type FacetRow = readonly [facet: string, value: string, block: number, hex: string];
