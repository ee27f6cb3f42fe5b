import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const REFUSAL = "the journal is append-only";

/** Of the index, too: a row that was gone from it would be missing from every search, and nothing would tell. */
const TABLES = ["journal", "decision_index", "decision_patient"] as const;

const sqliteGuards = TABLES.flatMap((table) =>
  ["UPDATE", "DELETE"].map(
    (verb) => `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}"
      BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
  ),
);
const postgresGuards = [
  `CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$`,
  ...TABLES.map(
    (table) => `CREATE TRIGGER "${table}_no_change" BEFORE UPDATE OR DELETE OR TRUNCATE ON "${table}"
      FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()`,
  ),
];

/** Only accesses that were allowed: a grant's list of scopes can be too long for an index. */
const USED = `WHERE "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`;

/**
 * What serves searches, in pages from the newest: who, about whom, what, and when; and whatever was not plainly
 * allowed, which finds denials and the rare reasons. The other columns have few values, and a page is soon full.
 * What serves questions about use (decisionUse.ts): by scope and client, by client and time, and what answers rested on
 * several scopes.
 */
const indexes = [
  `"decision_index_decided_at" ON "decision_index" ("decided_at")`,
  `"decision_index_client" ON "decision_index" ("client_id", "seq")`,
  `"decision_index_subject" ON "decision_index" ("subject_id", "seq") WHERE "subject_id" IS NOT NULL`,
  `"decision_index_patient" ON "decision_index" ("patient", "seq") WHERE "patient" IS NOT NULL`,
  `"decision_index_resource" ON "decision_index" ("resource_id", "seq") WHERE "resource_id" IS NOT NULL`,
  `"decision_index_exception" ON "decision_index" ("seq", "outcome", "reason_codes")
    WHERE ("outcome" = 'DENY' OR "reason_codes" <> '|ALLOWED_BY_RULE|')`,
  `"decision_index_use_scope" ON "decision_index" ("scope", "client_id", "decided_at") ${USED}`,
  `"decision_index_use_client" ON "decision_index" ("client_id", "decided_at", "scope") ${USED}`,
  `"decision_index_use_more" ON "decision_index" ("decided_at", "client_id") WHERE "more_scopes" IS NOT NULL`,
];

/** What serves lists of what happened to keys (callers/apiKeyEvents.ts): all, those of one key, those of one kind. */
function keyIndexes(postgres: boolean): readonly string[] {
  const member = (name: string): string => (postgres ? `("record"::jsonb->>'${name}')` : `("record"->>'${name}')`);
  return [
    `"journal_api_key" ON "journal" ("seq") WHERE "kind" = 'API_KEY'`,
    `"journal_api_key_of" ON "journal" (${member("keyId")}, "seq") WHERE "kind" = 'API_KEY'`,
    `"journal_api_key_event" ON "journal" (${member("event")}, "seq") WHERE "kind" = 'API_KEY'`,
  ];
}

/**
 * The journal of acts of every kind, which can only grow; the index of its decisions, which follows it and is what
 * searches read (decisionIndex.ts), with the patients of a decision beside the one that stands in its row; how far each follower has come, and which instance works for it until when
 * (following.ts); and the row by which the writer proves that it can write.
 */
export class Journal1795500000002 implements MigrationInterface {
  readonly name = "Journal1795500000002";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    // SQLite numbers rows itself if the key is an INTEGER.
    const seq = `"seq" ${postgres ? integer : "INTEGER"} NOT NULL PRIMARY KEY`;
    await runAll(runner, [
      ...(postgres ? ['CREATE SEQUENCE "journal_seq" AS BIGINT'] : []),
      `CREATE TABLE "journal" (${seq}${postgres ? ` DEFAULT nextval('journal_seq')` : ""}, "kind" ${text} NOT NULL,
        "format" ${integer} NOT NULL, "id" ${text} NOT NULL, "caller_id" ${text}, "request_id" ${text}, "salt" ${text},
        "record" ${text} NOT NULL, "personal" ${text} NOT NULL,
        CHECK (("caller_id" IS NULL) = ("request_id" IS NULL)))`,
      'CREATE UNIQUE INDEX "journal_id" ON "journal" ("id")',
      'CREATE UNIQUE INDEX "journal_request" ON "journal" ("caller_id", "request_id") WHERE "request_id" IS NOT NULL',
      `CREATE TABLE "decision_index" (${seq}, "decided_at" ${integer} NOT NULL, "kind" ${text} NOT NULL,
        "caller_id" ${text} NOT NULL, "client_id" ${text} NOT NULL, "subject_id" ${text}, "subject_type" ${text}, "patient" ${text},
        "action" ${text} NOT NULL, "resource_type" ${text} NOT NULL, "resource_id" ${text}, "purpose_of_use" ${text},
        "outcome" ${text} NOT NULL, "scope" ${text}, "more_scopes" ${text}, "reason_codes" ${text} NOT NULL)`,
      `CREATE TABLE "decision_patient" ("of_patient" ${text} NOT NULL, "seq" ${integer} NOT NULL,
        PRIMARY KEY ("of_patient", "seq"))`,
      ...[...indexes, ...keyIndexes(postgres)].map((index) => `CREATE INDEX ${index}`),
      ...(postgres ? postgresGuards : sqliteGuards),
      `CREATE TABLE "journal_follower" ("name" ${text} NOT NULL PRIMARY KEY, "position" ${integer} NOT NULL DEFAULT 0,
        "wanted" ${integer} NOT NULL DEFAULT 0, "holder" ${text}, "lease_until" ${integer} NOT NULL DEFAULT 0)`,
      `CREATE TABLE "journal_probe" ("id" ${integer} NOT NULL PRIMARY KEY, "at" ${integer} NOT NULL, "payload" ${text} NOT NULL)`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(
      runner,
      ["journal_probe", "journal_follower", ...TABLES].map((table) => `DROP TABLE "${table}"`),
    );
    if (isPostgres(runner))
      await runAll(runner, ["DROP FUNCTION journal_append_only()", 'DROP SEQUENCE "journal_seq"']);
  }
}
