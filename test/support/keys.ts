import type { StoredApiKey } from "../../src/domain/callers/types.ts";

/** A service's key as it is stored, with a hash that no secret has. */
export const storedKey = (id: string, more: Partial<StoredApiKey> = {}): StoredApiKey => ({
  id,
  name: `Key ${id}`,
  roles: ["service"],
  allRolesUntil: null,
  subject: null,
  defaultClientId: null,
  assertRoles: [],
  createdAt: 1,
  createdBy: "key:admin",
  reason: "a test",
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  revokedBy: null,
  revocationReason: null,
  secretHash: "0".repeat(64),
  ...more,
});
