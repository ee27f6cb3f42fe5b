import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** API keys, without their secrets. */
export class ApiKey1795500000003 implements MigrationInterface {
  readonly name = "ApiKey1795500000003";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "api_key" ("id" ${text} NOT NULL PRIMARY KEY, "name" ${text} NOT NULL, "roles" ${text} NOT NULL,
        "all_roles_until" ${integer}, "subject" ${text}, "default_client_id" ${text}, "assert_roles" ${text} NOT NULL,
        "created_at" ${integer} NOT NULL, "created_by" ${text} NOT NULL, "reason" ${text} NOT NULL,
        "expires_at" ${integer}, "last_used_at" ${integer}, "revoked_at" ${integer}, "revoked_by" ${text}, "revocation_reason" ${text},
        "secret_hash" ${text} NOT NULL)`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP TABLE "api_key"']);
  }
}
