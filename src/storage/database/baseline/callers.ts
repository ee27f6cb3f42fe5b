import type { Room } from "./columnTypes.ts";

/** API keys without their secrets, and random values that the instances of one database share. */
export const callers: Room = ({ integer, text }) => [
  `CREATE TABLE "api_key" ("id" ${text} NOT NULL PRIMARY KEY, "name" ${text} NOT NULL, "roles" ${text} NOT NULL,
    "all_roles_until" ${integer}, "subject" ${text}, "default_client_id" ${text}, "assert_roles" ${text} NOT NULL,
    "created_at" ${integer} NOT NULL, "created_by" ${text} NOT NULL, "reason" ${text} NOT NULL, "expires_at" ${integer},
    "last_used_at" ${integer}, "revoked_at" ${integer}, "revoked_by" ${text}, "revocation_reason" ${text},
    "secret_hash" ${text} NOT NULL)`,
  `CREATE TABLE "service_secret" ("name" ${text} NOT NULL PRIMARY KEY, "value" ${text} NOT NULL)`,
];
