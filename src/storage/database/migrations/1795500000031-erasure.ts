import type { MigrationInterface, QueryRunner } from "typeorm";
import { closedGuards, erasureGuards } from "./erasureGuards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const nobody = (condition: string): readonly string[] => [
  'DROP INDEX "decision_index_nobody"',
  `CREATE INDEX "decision_index_nobody" ON "decision_index" ("decided_at", "resource_type", "seq")
    WHERE "patient" IS NULL AND "kind" = 'ACCESS' AND "outcome" = 'ALLOW'${condition}`,
];

/**
 * Erasure of what identifies people, after its time: guards that let it through (erasureGuards.ts), how far the journal was gone through,
 * and what was passed over and when it is looked at again. In the index of decisions, whether something was erased of one.
 */
export class Erasure1795500000031 implements MigrationInterface {
  readonly name = "Erasure1795500000031";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `ALTER TABLE "decision_index" ADD COLUMN "erased" ${boolean} NOT NULL DEFAULT FALSE`,
      ...nobody(` AND NOT "erased"`),
      `CREATE INDEX "decision_index_erased" ON "decision_index" ("decided_at") WHERE "erased" AND "kind" = 'ACCESS'`,
      // Whether an address is another decision's as well; and by which those from it are found.
      `CREATE INDEX "decision_index_ip_address" ON "decision_index" ("ip_address", "seq") WHERE "ip_address" IS NOT NULL`,
      `CREATE TABLE "retention" ("id" ${integer} NOT NULL PRIMARY KEY CHECK ("id" = 1), "position" ${integer} NOT NULL,
        "erased_acts" ${integer} NOT NULL, "erased_values" ${integer} NOT NULL)`,
      'INSERT INTO "retention" VALUES (1, 0, 0, 0)',
      // `lifts`: how many holds had been lifted by then. Where more are, what was held is looked at again, however much it is.
      `CREATE TABLE "retention_passed" ("position" ${integer} NOT NULL PRIMARY KEY, "again_at" ${integer} NOT NULL, "held" ${boolean} NOT NULL,
        "lifts" ${integer} NOT NULL)`,
      'CREATE INDEX "retention_passed_again" ON "retention_passed" ("again_at", "position")',
      'CREATE INDEX "retention_passed_held" ON "retention_passed" ("lifts", "position") WHERE "held"',
      // Verifying asks for these alone.
      `CREATE INDEX "journal_erasure" ON "journal" ("seq") WHERE "kind" = 'ERASURE'`,
      ...erasureGuards(postgres),
    ]);
  }

  /** What was erased stays so. */
  async down(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    await runAll(runner, [
      ...closedGuards(postgres),
      'DROP INDEX "journal_erasure"',
      ...["retention_passed", "retention"].map((table) => `DROP TABLE "${table}"`),
      ...nobody(""),
      'DROP INDEX "decision_index_erased"',
      'DROP INDEX "decision_index_ip_address"',
      'ALTER TABLE "decision_index" DROP COLUMN "erased"',
    ]);
  }
}
