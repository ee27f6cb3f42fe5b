import type { MigrationInterface, QueryRunner } from "typeorm";
import { emptyIndex } from "./emptyIndex.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const MORE = "decision_index_use_more";

/**
 * Which client used which scope, when last, and how often by the hour and by the day (storage/journal/scopeUse.ts): questions about use
 * read these, and of decisions only those of the hour in which their window begins. What was indexed before is indexed anew, and counted.
 * Answers that rest on several scopes are found by client: by the time alone one of many clients costs what all have.
 */
export class ScopeUse1795500000030 implements MigrationInterface {
  readonly name = "ScopeUse1795500000030";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    const id = postgres
      ? `"id" ${integer} NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
      : '"id" INTEGER NOT NULL PRIMARY KEY';
    await runAll(runner, [
      ...emptyIndex(postgres),
      'DELETE FROM "decision_count"',
      'DELETE FROM "blind_count"',
      // `scope_key` is the scope itself where an index can hold it.
      `CREATE TABLE "scope_use" (${id}, "client_id" ${text} NOT NULL, "scope_key" ${text} NOT NULL, "scope" ${text} NOT NULL,
        "last_used_at" ${integer} NOT NULL)`,
      'CREATE UNIQUE INDEX "scope_use_scope" ON "scope_use" ("scope_key", "client_id")',
      'CREATE INDEX "scope_use_client" ON "scope_use" ("client_id", "scope_key")',
      `CREATE TABLE "scope_use_count" ("grain" ${text} NOT NULL, "start" ${integer} NOT NULL, "of_use" ${integer} NOT NULL,
        "n" ${integer} NOT NULL, PRIMARY KEY ("grain", "start", "of_use"))${postgres ? "" : " WITHOUT ROWID"}`,
      `DROP INDEX "${MORE}"`,
      `CREATE INDEX "${MORE}" ON "decision_index" ("client_id", "decided_at") WHERE "more_scopes" IS NOT NULL`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      `DROP INDEX "${MORE}"`,
      `CREATE INDEX "${MORE}" ON "decision_index" ("decided_at", "client_id") WHERE "more_scopes" IS NOT NULL`,
      'DROP TABLE "scope_use_count"',
      'DROP TABLE "scope_use"',
    ]);
  }
}
