import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What of a restriction never changes. */
const FIXED = [
  "id",
  "response",
  "alert_id",
  "holder_kind",
  "holder_type",
  "holder_id",
  "reason",
  "imposed_at",
  "imposed_by",
  "imposer_subject_id",
  "imposer_subject_type",
  "imposer_issuer",
  "ends_at",
];
const LIFTED = ["lifted_at", "lifted_by", "lifter_subject_id", "lifter_subject_type", "lifter_issuer", "lift_reason"];

/** Whether whoever takes a step may be the person whose access it is; a client's type is `client`. */
const isHolder = (step: "imposer" | "lifter"): string => `(NEW."${step}_subject_id" IS NULL
  OR (NEW."${step}_subject_id" = NEW."holder_id" AND (NEW."${step}_subject_type" IS NULL OR NEW."${step}_subject_type" = NEW."holder_type")))`;

export const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "restriction_begins_in_force",
    table: "restriction",
    on: "INSERT",
    when: `NEW."is_over" OR NEW."lifted_at" IS NOT NULL OR ${isHolder("imposer")}`,
    refusal: "a restriction begins in force, and is imposed by somebody else",
  },
  {
    name: "restriction_stays_what_it_is",
    table: "restriction",
    on: "UPDATE",
    when: `${changesAny(postgres, FIXED)} OR (OLD."is_over" AND (NOT NEW."is_over" OR ${changesAny(postgres, LIFTED)}))`,
    refusal: "what was imposed or lifted does not change",
  },
  {
    name: "restriction_by_somebody_else",
    table: "restriction",
    on: "UPDATE",
    when: `NEW."lifted_at" IS NOT NULL AND (NOT NEW."is_over" OR ${isHolder("lifter")})`,
    refusal: "a restriction is lifted by somebody else than whose access it is",
  },
  { name: "restriction_is_kept", table: "restriction", on: "DELETE", when: "", refusal: "a restriction is kept" },
];

/** Restrictions of access because of alerts, what the policy says of them, and which clients none suspends. */
export class Restriction1795500000027 implements MigrationInterface {
  readonly name = "Restriction1795500000027";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `ALTER TABLE "policy_client" ADD COLUMN "care_critical" ${boolean} NOT NULL DEFAULT FALSE`,
      `ALTER TABLE "policy_organization" ADD COLUMN "alert_responses" ${text}`,
      // `is_over` tells the index below what the clock can't: it is set when the next is imposed, or this is lifted.
      `CREATE TABLE "restriction" ("id" ${text} NOT NULL PRIMARY KEY, "response" ${text} NOT NULL, "alert_id" ${text} NOT NULL,
        "holder_kind" ${text} NOT NULL, "holder_type" ${text} NOT NULL, "holder_id" ${text} NOT NULL, "reason" ${text} NOT NULL,
        "imposed_at" ${integer} NOT NULL, "imposed_by" ${text} NOT NULL,
        "imposer_subject_id" ${text}, "imposer_subject_type" ${text}, "imposer_issuer" ${text},
        "ends_at" ${integer} NOT NULL, "is_over" ${boolean} NOT NULL,
        "lifted_at" ${integer}, "lifted_by" ${text}, "lifter_subject_id" ${text}, "lifter_subject_type" ${text}, "lifter_issuer" ${text},
        "lift_reason" ${text},
        CHECK ("holder_kind" IN ('CLIENT', 'SUBJECT') AND ("holder_kind" = 'SUBJECT' OR "holder_type" = 'client')),
        CHECK ("imposed_at" < "ends_at" AND ("response" = 'STEP_UP' AND "ends_at" - "imposed_at" <= 86400000
          OR "response" = 'SUSPENSION' AND "ends_at" - "imposed_at" <= 3600000)),
        CHECK (("lifted_at" IS NULL) = ("lifted_by" IS NULL) AND ("lifted_at" IS NULL) = ("lift_reason" IS NULL)))`,
      `CREATE UNIQUE INDEX "restriction_in_force" ON "restriction" ("holder_id", "holder_kind", "holder_type", "response") WHERE NOT "is_over"`,
      `CREATE INDEX "restriction_of_holder" ON "restriction" ("holder_id", "holder_kind", "holder_type", "response", "imposed_at")`,
      `CREATE INDEX "restriction_of_alert" ON "restriction" ("alert_id", "id")`,
      `CREATE INDEX "restriction_unlifted" ON "restriction" ("ends_at") WHERE "lifted_at" IS NULL`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP TABLE "restriction"',
      'ALTER TABLE "policy_organization" DROP COLUMN "alert_responses"',
      'ALTER TABLE "policy_client" DROP COLUMN "care_critical"',
    ]);
    if (isPostgres(runner)) await runAll(runner, dropGuards(guards(true)));
  }
}
