import type { MigrationInterface, QueryRunner } from "typeorm";
import { closedGuards, erasureGuards } from "./erasureGuards.ts";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const PLACED = [
  "id",
  "patient",
  "client_id",
  "from",
  "to",
  "reason",
  "placed_at",
  "placed_by",
  "placer_subject_id",
  "placer_subject_type",
  "placer_issuer",
];
const LIFTED = ["lifted_at", "lifted_by", "lift_reason"];

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "legal_hold_stays_what_it_is",
    table: "legal_hold",
    on: "UPDATE",
    when: `${changesAny(postgres, PLACED)} OR (OLD."lifted_at" IS NOT NULL AND (${changesAny(postgres, LIFTED)}))`,
    refusal: "a legal hold stays what it is, and is lifted once",
  },
  { name: "legal_hold_is_kept", table: "legal_hold", on: "DELETE", when: "", refusal: "a legal hold is kept" },
];

const nobody = (condition: string): readonly string[] => [
  'DROP INDEX "decision_index_nobody"',
  `CREATE INDEX "decision_index_nobody" ON "decision_index" ("decided_at", "resource_type", "seq")
    WHERE "patient" IS NULL AND "kind" = 'ACCESS' AND "outcome" = 'ALLOW'${condition}`,
];

/**
 * Erasure of what identifies people, after its time: guards that let it through (erasureGuards.ts), how far the journal was gone through,
 * what was passed over and when it is looked at again, and legal holds. In the index of decisions, whether something was erased of one.
 */
export class Erasure1795500000031 implements MigrationInterface {
  readonly name = "Erasure1795500000031";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, integer, text } = columnTypes(runner);
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
      `CREATE TABLE "legal_hold" ("id" ${text} NOT NULL PRIMARY KEY, "patient" ${text}, "client_id" ${text}, "from" ${integer}, "to" ${integer},
        "reason" ${text} NOT NULL, "placed_at" ${integer} NOT NULL, "placed_by" ${text} NOT NULL,
        "placer_subject_id" ${text}, "placer_subject_type" ${text}, "placer_issuer" ${text},
        "lifted_at" ${integer}, "lifted_by" ${text}, "lift_reason" ${text},
        CHECK ("patient" IS NOT NULL OR "client_id" IS NOT NULL OR "from" IS NOT NULL OR "to" IS NOT NULL),
        CHECK (("lifted_at" IS NULL) = ("lifted_by" IS NULL) AND ("lifted_at" IS NULL) = ("lift_reason" IS NULL)))`,
      // Verifying asks for these alone.
      `CREATE INDEX "journal_erasure" ON "journal" ("seq") WHERE "kind" = 'ERASURE'`,
      ...guardStatements(guards(postgres), postgres),
      ...erasureGuards(postgres),
    ]);
  }

  /** What was erased stays so. */
  async down(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    await runAll(runner, [
      ...closedGuards(postgres),
      'DROP INDEX "journal_erasure"',
      ...["legal_hold", "retention_passed", "retention"].map((table) => `DROP TABLE "${table}"`),
      ...(postgres ? dropGuards(guards(true)) : []),
      ...nobody(""),
      'DROP INDEX "decision_index_erased"',
      'DROP INDEX "decision_index_ip_address"',
      'ALTER TABLE "decision_index" DROP COLUMN "erased"',
    ]);
  }
}
