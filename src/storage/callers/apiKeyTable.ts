import type { StoredApiKey } from "../../domain/callers/types.ts";
import { columnsOf } from "../database/columns.ts";
import { entity } from "../database/entity.ts";

export const apiKeyColumns = columnsOf<StoredApiKey>({
  id: "key",
  name: "text",
  roles: "json",
  allRolesUntil: "integer",
  subject: "json",
  defaultClientId: "text",
  assertRoles: "json",
  createdAt: "integer",
  createdBy: "text",
  reason: "text",
  expiresAt: "integer",
  lastUsedAt: "integer",
  revokedAt: "integer",
  revokedBy: "text",
  revocationReason: "text",
  secretHash: "text",
});

export const apiKeyEntity = entity("api_key", apiKeyColumns, ["id"]);
