import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const REFUSAL = "the journal is append-only";

const sqliteGuards = ["UPDATE", "DELETE"].map(
  (verb) => `CREATE TRIGGER "decision_no_${verb.toLowerCase()}" BEFORE ${verb} ON "decision"
    BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
);
const postgresGuards = [
  `CREATE FUNCTION decision_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$`,
  `CREATE TRIGGER "decision_no_change" BEFORE UPDATE OR DELETE OR TRUNCATE ON "decision"
    FOR EACH STATEMENT EXECUTE FUNCTION decision_append_only()`,
];

/**
 * What serves questions about use (decisionUse.ts): by scope and client, by client and time, and what answers rested
 * on several scopes. Only of accesses that were allowed: a grant's list of scopes can be too long for an index.
 */
const USED = `WHERE "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`;
const useIndexes = [
  `CREATE INDEX "decision_use_scope" ON "decision" ("scope", "client_id", "decided_at") ${USED}`,
  `CREATE INDEX "decision_use_client" ON "decision" ("client_id", "decided_at", "scope") ${USED}`,
  'CREATE INDEX "decision_use_more" ON "decision" ("decided_at", "client_id") WHERE "more_scopes" IS NOT NULL',
];

/** The journal of decisions, which can only grow, and the row by which its writer proves that it can write. */
export class Journal1795500000002 implements MigrationInterface {
  readonly name = "Journal1795500000002";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      ...(postgres ? ['CREATE SEQUENCE "decision_seq" AS BIGINT'] : []),
      // SQLite numbers rows itself if the key is an INTEGER.
      `CREATE TABLE "decision" ("seq" ${postgres ? integer : "INTEGER"} NOT NULL PRIMARY KEY, "id" ${text} NOT NULL,
        "decided_at" ${integer} NOT NULL, "kind" ${text} NOT NULL CHECK ("kind" IN ('ACCESS', 'GRANT')), "caller_id" ${text} NOT NULL, "request_id" ${text},
        "client_id" ${text} NOT NULL, "subject_id" ${text}, "patient" ${text}, "action" ${text} NOT NULL,
        "resource_type" ${text} NOT NULL, "resource_id" ${text}, "purpose_of_use" ${text},
        "outcome" ${text} NOT NULL CHECK ("outcome" IN ('ALLOW', 'DENY')), "scope" ${text}, "more_scopes" ${text},
        "policy_revision" ${integer} NOT NULL, "reason_codes" ${text} NOT NULL, "reasons" ${text} NOT NULL,
        "obligations" ${text} NOT NULL, "request" ${text} NOT NULL, "details" ${text})`,
      'CREATE UNIQUE INDEX "decision_id" ON "decision" ("id")',
      'CREATE UNIQUE INDEX "decision_request" ON "decision" ("caller_id", "request_id") WHERE "request_id" IS NOT NULL',
      'CREATE INDEX "decision_decided_at" ON "decision" ("decided_at")',
      'CREATE INDEX "decision_client" ON "decision" ("client_id", "seq")',
      'CREATE INDEX "decision_subject" ON "decision" ("subject_id", "seq") WHERE "subject_id" IS NOT NULL',
      'CREATE INDEX "decision_patient" ON "decision" ("patient", "seq") WHERE "patient" IS NOT NULL',
      ...useIndexes,
      ...(postgres ? postgresGuards : sqliteGuards),
      `CREATE TABLE "journal_probe" ("id" ${integer} NOT NULL PRIMARY KEY, "at" ${integer} NOT NULL, "payload" ${text} NOT NULL)`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP TABLE "journal_probe"', 'DROP TABLE "decision"']);
    if (isPostgres(runner))
      await runAll(runner, ["DROP FUNCTION decision_append_only()", 'DROP SEQUENCE "decision_seq"']);
  }
}
