import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

const TABLES = [
  "policy_client",
  "policy_scope",
  "policy_role",
  "policy_grant",
  "policy_assignment",
  "policy_rule",
  "policy_organization",
];

/** One table a noun, each row with the revisions at which it began and ended; and the revisions. */
export class Policy1795500000001 implements MigrationInterface {
  readonly name = "Policy1795500000001";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer, boolean } = columnTypes(runner);
    const columns: Readonly<Record<string, string>> = {
      policy_client: `"id" ${text} NOT NULL, "name" ${text} NOT NULL, "status" ${text} NOT NULL, "description" ${text},
        "protocol_scopes" ${text}`,
      policy_scope: `"name" ${text} NOT NULL, "version" ${integer} NOT NULL, "state" ${text} NOT NULL, "title" ${text},
        "description" ${text}, "translations" ${text} NOT NULL, "declarations" ${text} NOT NULL, "requires_consent" ${boolean} NOT NULL,
        "justification" ${text}, "deprecated_at" ${integer}, "sunset_at" ${integer}, "replaced_by" ${text}, "retired_at" ${integer}`,
      policy_role: `"name" ${text} NOT NULL, "inherits" ${text} NOT NULL, "description" ${text}`,
      policy_grant: `"client_id" ${text} NOT NULL, "scope" ${text} NOT NULL, "valid_from" ${integer}, "valid_until" ${integer}`,
      policy_assignment: `"subject_id" ${text}, "subject_type" ${text}, "client_id" ${text}, "role" ${text} NOT NULL, "organization" ${text} NOT NULL,
        "valid_from" ${integer}, "valid_until" ${integer},
        CHECK (("subject_id" IS NULL) <> ("client_id" IS NULL) AND ("subject_id" IS NULL) = ("subject_type" IS NULL))`,
      // Casbin takes an effect it does not know for an allow: no such row may exist.
      policy_rule: `"id" ${text} NOT NULL, "role" ${text} NOT NULL, "scope" ${text} NOT NULL, "action" ${text} NOT NULL,
        "resource_type" ${text} NOT NULL, "when" ${text}, "effect" ${text} NOT NULL CHECK ("effect" IN ('ALLOW', 'DENY')),
        "obligations" ${text} NOT NULL, "description" ${text}, "justification" ${text}`,
      policy_organization: `"id" ${text} NOT NULL, "name" ${text}, "consent_on_silence" ${text},
        "patient_scopes_reach_shared" ${boolean}, "access_request_max_minutes" ${integer}, "break_glass" ${text}, "consent_requests" ${text},
        "emergency_overrides_refusal" ${boolean}, "retention_years" ${integer}, "legal_hold" ${boolean}, "justification" ${text}`,
    };
    const indexed: Readonly<Record<string, readonly string[]>> = {
      policy_scope: ["name"],
      policy_grant: ["client_id", "scope"],
      policy_assignment: ["subject_id", "client_id", "role"],
      policy_rule: ["role", "scope"],
    };
    await runAll(runner, [
      `CREATE TABLE "policy_revision" ("revision" ${integer} NOT NULL PRIMARY KEY, "author" ${text} NOT NULL,
        "reason" ${text} NOT NULL, "committed_at" ${integer} NOT NULL, "change_count" ${integer} NOT NULL,
        "changes_sha256" ${text} NOT NULL)`,
      ...TABLES.flatMap((table) => [
        `CREATE TABLE "${table}" ("row_key" ${text} NOT NULL, "since" ${integer} NOT NULL, "until" ${integer},
          ${columns[table]}, PRIMARY KEY ("row_key", "since"), CHECK ("until" > "since"))`,
        // At most one row of an identity is current.
        `CREATE UNIQUE INDEX "${table}_current" ON "${table}" ("row_key") WHERE "until" IS NULL`,
        // What a revision began and ended, and what differs between two.
        `CREATE INDEX "${table}_since" ON "${table}" ("since", "row_key")`,
        `CREATE INDEX "${table}_until" ON "${table}" ("until", "row_key") WHERE "until" IS NOT NULL`,
        ...(indexed[table] ?? []).map((name) => `CREATE INDEX "${table}_${name}" ON "${table}" ("${name}")`),
      ]),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(
      runner,
      [...TABLES, "policy_revision"].map((table) => `DROP TABLE "${table}"`),
    );
  }
}
