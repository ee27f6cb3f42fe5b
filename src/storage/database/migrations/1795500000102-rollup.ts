import type { MigrationInterface, QueryRunner } from "typeorm";
import { emptyTables } from "./emptyIndex.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const GONE = [
  "decision_count",
  "decision_count_group",
  "scope_use_count",
  "scope_use",
  "blind_count",
  "explained_count",
] as const;

const WATCHING = `COALESCE((SELECT "position" FROM "journal_follower" WHERE "name" = 'watching'), 0)`;

/** As decisionUse.ts says it, to the letter: else the indexes would not serve. */
const USE = `WHERE "dimension" = 2`;
const member = (postgres: boolean, i: number): string =>
  postgres ? `((("key")::jsonb->>${i}) COLLATE "C")` : `("key"->>${i})`;

/**
 * What is counted beside the journal, by dimension, key and bucket (storage/rollup/dimensions.ts), in the place of a table for each that
 * counted. All is counted anew.
 */
export class Rollup1795500000102 implements MigrationInterface {
  readonly name = "Rollup1795500000102";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    const id = postgres
      ? `"id" ${integer} NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
      : '"id" INTEGER NOT NULL PRIMARY KEY';
    await runAll(runner, [
      ...GONE.map((table) => `DROP TABLE "${table}"`),
      // `key` is a JSON array, which `digest` stands for; `day` is when it began.
      `CREATE TABLE "rollup_key" (${id}, "dimension" ${integer} NOT NULL, "day" ${integer} NOT NULL, "digest" ${text} NOT NULL UNIQUE,
        "key" ${text} NOT NULL, "last_at" ${integer})`,
      'CREATE INDEX "rollup_key_day" ON "rollup_key" ("dimension", "day")',
      `CREATE INDEX "rollup_key_scope" ON "rollup_key" ((substr(${member(postgres, 0)}, 1, 200)), "id") ${USE}`,
      `CREATE INDEX "rollup_key_client" ON "rollup_key" (${member(postgres, 1)}, "id") ${USE}`,
      `CREATE TABLE "rollup" ("dimension" ${integer} NOT NULL, "grain" ${integer} NOT NULL, "bucket" ${integer} NOT NULL,
        "key" ${integer} NOT NULL, "n" ${integer} NOT NULL,
        PRIMARY KEY ("dimension", "grain", "bucket", "key"))${postgres ? "" : " WITHOUT ROWID"}`,
      ...emptyTables(postgres, true),
      'DELETE FROM "watched_access"',
      'DELETE FROM "journal_counted"',
      `UPDATE "watched_directory" SET "revision" = COALESCE((SELECT MAX("directory_revision") FROM "journal_archive"), 0)`,
      `UPDATE "watch_taken" SET "position" = ${WATCHING} WHERE "position" < ${WATCHING}`,
      `UPDATE "journal_follower" SET "wanted" = 0, "position" = COALESCE((SELECT MAX("until_position") FROM "journal_archive"), 0)
        WHERE "name" IN ('decision_index', 'watching')`,
    ]);
  }

  /** Leaves the tables that were, empty: only who made them counts in them. */
  async down(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const id = `"id" ${integer} NOT NULL PRIMARY KEY`;
    const texts = (...names: readonly string[]): string => names.map((name) => `"${name}" ${text} NOT NULL`).join(", ");
    const integers = (...names: readonly string[]): string =>
      names.map((name) => `"${name}" ${integer} NOT NULL`).join(", ");
    const group = texts(
      "outcome",
      "caller_id",
      "client_id",
      "scope",
      "resource_type",
      "purpose_of_use",
      "organization",
    );
    await runAll(runner, [
      'DROP TABLE "rollup"',
      'DROP TABLE "rollup_key"',
      `CREATE TABLE "decision_count_group" (${id}, ${integers("day")}, ${group})`,
      `CREATE TABLE "decision_count" (${texts("grain", "reason", "rule_id")}, ${integers("start", "of_group", "n")})`,
      `CREATE TABLE "scope_use" (${id}, ${texts("client_id", "scope_key", "scope")}, ${integers("last_used_at")})`,
      `CREATE TABLE "scope_use_count" (${texts("grain")}, ${integers("start", "of_use", "n")})`,
      `CREATE TABLE "blind_count" (${integers("day", "accesses", "without_address", "of_patients", "without_patient", "without_purpose")})`,
      `CREATE TABLE "explained_count" (${texts("organization", "client_id", "role", "kind")}, ${integers("day", "n")})`,
    ]);
  }
}
