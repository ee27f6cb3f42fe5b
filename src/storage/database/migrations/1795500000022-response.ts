import type { MigrationInterface, QueryRunner } from "typeorm";
import { emptyIndex } from "./emptyIndex.ts";
import { dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const GUARDS: readonly Guard[] = [
  { name: "weekly_sample_is_kept", table: "weekly_sample", on: "DELETE", when: "", refusal: "a sample is kept" },
  { name: "weekly_sample_stays", table: "weekly_sample", on: "UPDATE", when: "", refusal: "a sample stays what it is" },
];

/** What may follow an alert: samples of what no alert is about; and, by the
 * day, how much of what watching goes by requests leave out. */
export class Response1795500000022 implements MigrationInterface {
  readonly name = "Response1795500000022";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "weekly_sample" ("week" ${integer} NOT NULL PRIMARY KEY, "drawn_at" ${integer} NOT NULL, "drawn_by" ${text} NOT NULL,
        "population" ${integer} NOT NULL, CHECK ("population" >= 0 AND "drawn_at" >= "week"))`,
      `CREATE TABLE "blind_count" ("day" ${integer} NOT NULL PRIMARY KEY, "accesses" ${integer} NOT NULL, "without_address" ${integer} NOT NULL,
        "of_patients" ${integer} NOT NULL, "without_patient" ${integer} NOT NULL, "without_purpose" ${integer} NOT NULL)`,
      // What was counted before is counted anew with it.
      ...emptyIndex(postgres),
      "DELETE FROM decision_count",
      // What samples are drawn from: few of all accesses.
      `CREATE INDEX "watched_access_unexplained" ON "watched_access" ("at", "position") WHERE "kind" IS NULL`,
      ...guardStatements(GUARDS, postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP INDEX "watched_access_unexplained"',
      ...["blind_count", "weekly_sample"].map((table) => `DROP TABLE "${table}"`),
    ]);
    if (isPostgres(runner)) await runAll(runner, dropGuards(GUARDS));
  }
}
