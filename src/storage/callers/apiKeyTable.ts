import { type Column, column } from "../database/columns.ts";
import { entity } from "../database/entity.ts";

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

export const apiKeyEntity = entity("api_key", apiKeyColumns, ["id"]);
