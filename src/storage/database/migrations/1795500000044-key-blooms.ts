import type { MigrationInterface, QueryRunner } from "typeorm";
import { BLOOM_TABLES, REFUSAL } from "./emptyBlocks.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What is gone is looked for without filters; what was changed would keep decisions from being found. */
const guard = (postgres: boolean, table: string): string =>
  postgres
    ? `CREATE TRIGGER "${table}_no_change" BEFORE UPDATE ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()`
    : `CREATE TRIGGER "${table}_no_update" BEFORE UPDATE ON "${table}" BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`;

/**
 * In which blocks a patient or a resource may be found (storage/journal/keyBlooms.ts). What is sealed already has no filters, and is looked
 * through without them, until it is sealed anew.
 */
export class KeyBlooms1795500000044 implements MigrationInterface {
  readonly name = "KeyBlooms1795500000044";

  async up(runner: QueryRunner): Promise<void> {
    const { integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    const bytes = postgres ? "BYTEA" : "BLOB";
    await runAll(runner, [
      `CREATE TABLE "decision_bloom" ("block" ${integer} NOT NULL PRIMARY KEY, "bits" ${bytes} NOT NULL)`,
      `CREATE TABLE "decision_bloom_slice" ("batch" ${integer} NOT NULL, "slice" ${integer} NOT NULL, "masks" ${bytes} NOT NULL,
        PRIMARY KEY ("batch", "slice"))${postgres ? "" : " WITHOUT ROWID"}`,
      // A part of it is read by itself.
      ...(postgres ? ['ALTER TABLE "decision_bloom" ALTER COLUMN "bits" SET STORAGE EXTERNAL'] : []),
      ...BLOOM_TABLES.map((table) => guard(postgres, table)),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(
      runner,
      BLOOM_TABLES.map((table) => `DROP TABLE "${table}"`),
    );
  }
}
