import type { DataSource, EntitySchema, SelectQueryBuilder } from "typeorm";
import type { Page } from "../../domain/kernel/pages.ts";
import type { Column } from "./columns.ts";
import type { RawRow } from "./connection.ts";

export type Query = SelectQueryBuilder<Record<string, unknown>>;

/** A query for these columns of an entity, whose alias is `r`; rows come back under the database's column names. */
export function select(source: DataSource, entity: EntitySchema, columns: readonly Column[]): Query {
  const query = source.createQueryBuilder().select([]).from(entity, "r") as Query;
  for (const c of columns) query.addSelect(`r.${c.property}`, c.name);
  return query;
}

export async function rowsOf(query: Query): Promise<readonly RawRow[]> {
  return query.getRawMany<RawRow>();
}

/** What the texts of one page may come to, in characters: a page ends with the row that goes beyond it. */
const PAGE_SIZE = 1024 * 1024;

/** The length of what is stored in a row, as far as it is text. */
const sizeOf = (row: RawRow): number =>
  Object.values(row).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 8), 0);

/** Counts what a page takes. True while it has room for more. */
export function pageBudget(size = PAGE_SIZE): (row: RawRow) => boolean {
  let left = size;
  return (row) => {
    left -= sizeOf(row);
    return left > 0;
  };
}

/** The rows that a page has room for: one at least. */
function withinBudget<Row extends RawRow>(rows: readonly Row[], hasRoom = pageBudget()): readonly Row[] {
  const full = rows.findIndex((row) => !hasRoom(row));
  return full < 0 ? rows : rows.slice(0, full + 1);
}

/** One page of rows in their order, of which one more than `first` was asked for: `first`, or as many as a page has room for. */
export function pageOfRows<Item, Key>(
  rows: readonly RawRow[],
  {
    first,
    itemOf,
  }: { readonly first: number; readonly itemOf: (row: RawRow) => { readonly node: Item; readonly key: Key } },
): Page<Item, Key> {
  const taken = withinBudget(rows.slice(0, first));
  return { items: taken.map(itemOf), hasNextPage: rows.length > taken.length };
}

/** The same of a query that is ordered by the key. */
export async function pageOf<Item, Key>(
  query: Query,
  options: { readonly first: number; readonly itemOf: (row: RawRow) => { readonly node: Item; readonly key: Key } },
): Promise<Page<Item, Key>> {
  return pageOfRows(await rowsOf(query.limit(options.first + 1)), options);
}

export const noPage = <Item, Key>(): Page<Item, Key> => ({ items: [], hasNextPage: false });
