import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";
import { NOUNS, type Noun } from "../../domain/policy/types.ts";
import { decisionColumns, facetColumns, SEQ } from "../journal/decisionTable.ts";
import { policyTables, storedColumns } from "../policy/policyTables.ts";
import { type Column, column } from "./columns.ts";

/** Columns as TypeORM's query builder knows them. Migrations, not these, make the tables. */
function entity(name: string, columns: readonly Column[], primary: readonly string[]): EntitySchema {
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

export const revisionColumns: readonly Column[] = [
  column("revision", "integer"),
  column("author", "text"),
  column("reason", "text"),
  column("committedAt", "integer"),
  column("changes", "json"),
];

export const apiKeyColumns: readonly Column[] = [
  column("id", "key"),
  column("name", "text"),
  column("roles", "json"),
  column("defaultClientId", "text"),
  column("createdAt", "integer"),
  column("createdBy", "text"),
  column("reason", "text"),
  column("expiresAt", "integer"),
  column("revokedAt", "integer"),
  column("revokedBy", "text"),
  column("revocationReason", "text"),
  column("secretHash", "text"),
];

export const policyEntities = Object.fromEntries(
  NOUNS.map((noun) => [noun, entity(policyTables[noun].name, storedColumns[noun], ["rowKey", "since"])]),
) as { readonly [N in Noun]: EntitySchema };
export const revisionEntity = entity("policy_revision", revisionColumns, ["revision"]);
export const apiKeyEntity = entity("api_key", apiKeyColumns, ["id"]);
const decisionEntity = entity("decision", [SEQ, ...decisionColumns], ["seq"]);
const decisionIndexEntity = entity("decision_index", [SEQ, ...facetColumns], ["seq"]);

export const entities: readonly EntitySchema[] = [
  ...Object.values(policyEntities),
  revisionEntity,
  apiKeyEntity,
  decisionEntity,
  decisionIndexEntity,
];
