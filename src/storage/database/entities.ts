import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";
import type { StoredApiKey } from "../../domain/callers/types.ts";
import type { PolicyRevision } from "../../domain/policy/store.ts";
import { NOUNS, type Noun } from "../../domain/policy/types.ts";
import { decisionColumns, facetColumns, SEQ } from "../journal/decisionTable.ts";
import { policyTables, storedColumns } from "../policy/policyTables.ts";
import { type Column, columnsOf } from "./columns.ts";

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

export const revisionColumns = columnsOf<PolicyRevision>({
  revision: "integer",
  author: "text",
  reason: "text",
  committedAt: "integer",
  changes: "json",
});

export const apiKeyColumns = columnsOf<StoredApiKey>({
  id: "key",
  name: "text",
  roles: "json",
  defaultClientId: "text",
  createdAt: "integer",
  createdBy: "text",
  reason: "text",
  expiresAt: "integer",
  revokedAt: "integer",
  revokedBy: "text",
  revocationReason: "text",
  secretHash: "text",
});

export const policyEntities = Object.fromEntries(
  NOUNS.map((noun) => [noun, entity(policyTables[noun].name, storedColumns[noun], ["rowKey", "since"])]),
) as { readonly [N in Noun]: EntitySchema };
export const revisionEntity = entity("policy_revision", revisionColumns, ["revision"]);
export const apiKeyEntity = entity("api_key", apiKeyColumns, ["id"]);
export const decisionEntity = entity("decision", [SEQ, ...decisionColumns], ["seq"]);
export const decisionIndexEntity = entity("decision_index", [SEQ, ...facetColumns], ["seq"]);

export const entities: readonly EntitySchema[] = [
  ...Object.values(policyEntities),
  revisionEntity,
  apiKeyEntity,
  decisionEntity,
  decisionIndexEntity,
];
