import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/**
 * How far decisions were watched before what explains them was last made again: what people have judged since is not found anew. And
 * without an index that nothing asks for.
 */
export class WatchTaken1795500000024 implements MigrationInterface {
  readonly name = "WatchTaken1795500000024";

  async up(runner: QueryRunner): Promise<void> {
    const { integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "watch_taken" ("id" ${integer} NOT NULL PRIMARY KEY CHECK ("id" = 1), "position" ${integer} NOT NULL)`,
      `INSERT INTO "watch_taken" SELECT 1, COALESCE(MAX("position"), 0) FROM "watched_decision"`,
      'DROP INDEX "watched_access_person"',
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP TABLE "watch_taken"',
      'CREATE INDEX "watched_access_person" ON "watched_access" ("person_id", "at")',
    ]);
  }
}
