import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const RECORDED = [
  ...["id", "patient", "recipient", "statement", "by", "until", "reason"],
  ...["placed_at", "placed_by", "placer_subject_id", "placer_subject_type", "placer_issuer"],
];
const ENDED = ["lifted_at", "lifted_by", "lift_reason"];

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "accounting_suspension_stays",
    table: "accounting_suspension",
    on: "UPDATE",
    when: `${changesAny(postgres, RECORDED)} OR (OLD."lifted_at" IS NOT NULL AND (${changesAny(postgres, ENDED)}))`,
    refusal: "a suspension of an accounting stays what it is, and is ended once",
  },
  {
    name: "accounting_suspension_is_kept",
    table: "accounting_suspension",
    on: "DELETE",
    when: "",
    refusal: "a suspension of an accounting is kept",
  },
];

/** Suspensions of patients' right to an accounting of disclosures to an agency. */
export class AccountingSuspension1795500000051 implements MigrationInterface {
  readonly name = "AccountingSuspension1795500000051";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "accounting_suspension" ("id" ${text} NOT NULL PRIMARY KEY, "patient" ${text} NOT NULL, "recipient" ${text} NOT NULL,
        "statement" ${text} NOT NULL CHECK ("statement" IN ('WRITTEN', 'ORAL')), "by" ${text} NOT NULL, "until" ${integer} NOT NULL,
        "reason" ${text} NOT NULL, "placed_at" ${integer} NOT NULL, "placed_by" ${text} NOT NULL,
        "placer_subject_id" ${text}, "placer_subject_type" ${text}, "placer_issuer" ${text},
        "lifted_at" ${integer}, "lifted_by" ${text}, "lift_reason" ${text},
        CHECK ("placed_at" < "until" AND ("statement" = 'WRITTEN' OR "until" - "placed_at" <= 2592000000)),
        CHECK (("lifted_at" IS NULL) = ("lifted_by" IS NULL) AND ("lifted_at" IS NULL) = ("lift_reason" IS NULL)))`,
      'CREATE INDEX "accounting_suspension_patient" ON "accounting_suspension" ("patient", "until")',
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP TABLE "accounting_suspension"',
      ...(isPostgres(runner) ? dropGuards(guards(true)) : []),
    ]);
  }
}
