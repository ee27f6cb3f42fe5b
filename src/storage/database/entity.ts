import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";
import type { Column } from "./columns.ts";

/** Columns as TypeORM's query builder knows them. `baseline/`, not these, makes the tables. */
export function entity(name: string, columns: readonly Column[], primary: readonly string[]): EntitySchema {
  const options = columns.map(({ property, name: columnName, type }): [string, EntitySchemaColumnOptions] => [
    property,
    {
      name: columnName,
      type: type === "integer" ? "bigint" : type === "boolean" ? "boolean" : "text",
      primary: primary.includes(property),
    },
  ]);
  return new EntitySchema({ name, tableName: name, columns: Object.fromEntries(options) });
}
