import { type Column, columnList } from "./columns.ts";
import { type Dialect, withParameters } from "./dialect.ts";

/** How one of the two databases makes rows of a JSON array of arrays, and reads an item of the one at hand. */
interface RowsSql {
  /** Stands in FROM, and takes one parameter. */
  readonly rows: string;
  text(i: number): string;
  integer(i: number): string;
  boolean(i: number): string;
  /** Of hexadecimal digits. */
  bytes(i: number): string;
  /** The i-th member of the JSON array in a column, as a text. */
  member(column: string, i: number): string;
  /** The first text in the array that is the i-th member; null: it is empty. */
  firstOf(column: string, i: number): string;
  /** Stands in FROM: the texts in the array that is the i-th member, each as `"value"` of `alias`. */
  each(column: string, i: number, alias: string): string;
}

const engines: { readonly [Name in Dialect["name"]]: RowsSql } = {
  sqlite: {
    // As JSONB each row is parsed once, and not once more for each of its items: half the time.
    rows: "jsonb_each(jsonb(?)) AS j",
    text: (i) => `j."value"->>${i}`,
    integer: (i) => `j."value"->>${i}`,
    boolean: (i) => `j."value"->>${i}`,
    bytes: (i) => `unhex(j."value"->>${i})`,
    member: (column, i) => `(${column}->>${i})`,
    firstOf: (column, i) => `(${column}->>'$[${i}][0]')`,
    each: (column, i, alias) => `json_each(${column}, '$[${i}]') AS ${alias}`,
  },
  postgres: {
    rows: `jsonb_array_elements(?::jsonb) AS j("value")`,
    text: (i) => `(j."value"->>${i}) COLLATE "C"`,
    integer: (i) => `(j."value"->>${i})::BIGINT`,
    boolean: (i) => `(j."value"->>${i})::BOOLEAN`,
    bytes: (i) => `decode(j."value"->>${i}, 'hex')`,
    member: (column, i) => `(((${column})::jsonb->>${i}) COLLATE "C")`,
    firstOf: (column, i) => `(((${column})::jsonb->${i}->>0) COLLATE "C")`,
    each: (column, i, alias) =>
      `LATERAL (SELECT e COLLATE "C" AS "value" FROM jsonb_array_elements_text((${column})::jsonb->${i}) AS e) AS ${alias}`,
  },
};

const itemOf = (sql: RowsSql, { type }: Column, i: number): string =>
  type === "integer" ? sql.integer(i) : type === "boolean" ? sql.boolean(i) : sql.text(i);

/** One INSERT of any number of rows of a table, whose one parameter is the rows as JSON; `conflict` ends it. */
export function insertRows(
  dialect: Dialect,
  {
    columns,
    conflict = "",
    table,
  }: { readonly table: string; readonly columns: readonly Column[]; readonly conflict?: string },
): string {
  const sql = engines[dialect.name];
  const items = columns.map((column, i) => itemOf(sql, column, i)).join(", ");
  // SQLite takes ON after a plain FROM for the condition of a join.
  return withParameters(
    dialect,
    `INSERT INTO ${table} (${columnList(columns)}) SELECT ${items} FROM ${sql.rows} WHERE TRUE ${conflict}`,
  );
}

/** The part of ON CONFLICT that takes the new values of these columns. */
export const takingNew = (columns: readonly Column[]): string =>
  columns.map(({ name }) => `"${name}" = excluded."${name}"`).join(", ");

export const jsonRows = ({ name }: Pick<Dialect, "name">): RowsSql => engines[name];
