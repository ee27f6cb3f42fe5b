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

/** One page of a query that is ordered by the key: `first` rows, and whether there are more. */
export async function pageOf<Item, Key>(
  query: Query,
  options: { readonly first: number; readonly itemOf: (row: RawRow) => { readonly node: Item; readonly key: Key } },
): Promise<Page<Item, Key>> {
  const rows = await rowsOf(query.limit(options.first + 1));
  return { items: rows.slice(0, options.first).map(options.itemOf), hasNextPage: rows.length > options.first };
}

export const noPage = <Item, Key>(): Page<Item, Key> => ({ items: [], hasNextPage: false });
