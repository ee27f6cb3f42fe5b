import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "restriction_keeps_its_rule",
    table: "restriction",
    on: "UPDATE",
    when: changesAny(postgres, ["rule_organization", "rule_revision"]),
    refusal: "what had a restriction imposed does not change",
  },
];

/** That the service imposes restrictions by itself: by what of the policy, once because of an alert; and, on an alert, why not. */
export class RestrictionRule1795500000042 implements MigrationInterface {
  readonly name = "RestrictionRule1795500000042";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `ALTER TABLE "restriction" ADD COLUMN "rule_organization" ${text}`,
      `ALTER TABLE "restriction" ADD COLUMN "rule_revision" ${integer}
        CHECK (("rule_organization" IS NULL) = ("rule_revision" IS NULL))`,
      `ALTER TABLE "watch_story" ADD COLUMN "withheld" ${text}`,
      `CREATE UNIQUE INDEX "restriction_by_rule" ON "restriction" ("alert_id", "response") WHERE "rule_organization" IS NOT NULL`,
      `CREATE INDEX "restriction_of_rule" ON "restriction" ("rule_organization", "response", "imposed_at")
        WHERE "rule_organization" IS NOT NULL`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `DROP TRIGGER "restriction_keeps_its_rule"${postgres ? ' ON "restriction"' : ""}`,
      ...(postgres ? dropGuards(guards(true)) : []),
      'DROP INDEX "restriction_of_rule"',
      'DROP INDEX "restriction_by_rule"',
      'ALTER TABLE "watch_story" DROP COLUMN "withheld"',
      'ALTER TABLE "restriction" DROP COLUMN "rule_revision"',
      'ALTER TABLE "restriction" DROP COLUMN "rule_organization"',
    ]);
  }
}
