import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import type { RawRow } from "./connection.ts";
import { requireIndexable, requireStorable } from "./text.ts";

/** `key` is a text that stands in an index; `integer` holds any safe integer, times in milliseconds included. */
export type ColumnType = "key" | "text" | "integer" | "boolean" | "json";

export interface Column {
  readonly property: string;
  readonly name: string;
  readonly type: ColumnType;
}

/** A column whose database name is its property in snake case. */
export function column(property: string, type: ColumnType): Column {
  return { property, name: property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), type };
}

/** A column for each member of what a table holds, in this order: one without a column does not compile. */
export const columnsOf = <Row>(types: { readonly [M in keyof Row]-?: ColumnType }): readonly Column[] =>
  Object.entries<ColumnType>(types).map(([property, type]) => column(property, type));

/** A value as it is bound in SQL. Null stays null. */
export function toDatabase(value: unknown, { property, type }: Column): unknown {
  if (value === null || value === undefined) return null;
  switch (type) {
    case "key":
      requireIndexable(value as string, property);
      return value;
    case "text":
      requireStorable(value as string, property);
      return value;
    case "json":
      return canonicalJson(value as Json);
    default:
      return value;
  }
}

/** A value as the domain knows it, from either driver. */
function fromDatabase(value: unknown, { type }: Column): unknown {
  if (value === null || value === undefined) return null;
  switch (type) {
    case "integer":
      // pg gives BIGINT as text.
      return Number(value);
    case "boolean":
      // SQLite has no booleans.
      return value === true || value === 1;
    case "json":
      return JSON.parse(value as string);
    default:
      return value;
  }
}

/** The object whose properties are these columns. */
export function fromRow(columns: readonly Column[], row: RawRow): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const c of columns) object[c.property] = fromDatabase(row[c.name], c);
  return object;
}

/** As `fromRow`, from the values of the columns in their order. */
export function fromValues(columns: readonly Column[], values: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  let at = 0;
  for (const c of columns) object[c.property] = fromDatabase(values[at++], c);
  return object;
}

export const quoted = (name: string): string => `"${name}"`;
export const columnList = (columns: readonly Column[]): string => columns.map((c) => quoted(c.name)).join(", ");
