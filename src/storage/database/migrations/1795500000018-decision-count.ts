import type { MigrationInterface, QueryRunner } from "typeorm";
import { emptyIndex } from "./emptyIndex.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const ADDED = ["organization", "ip_address", "rule_ids"] as const;

/** What decisions that are counted together say. A text that is empty stands for none. */
const GROUP = [
  "outcome",
  "caller_id",
  "client_id",
  "scope",
  "resource_type",
  "purpose_of_use",
  "organization",
] as const;

/**
 * Organization, address and rules in the index of decisions; and how many there were by the hour and by the day, which
 * its follower counts (decisionCounts.ts). What was indexed before is indexed anew.
 */
export class DecisionCount1795500000018 implements MigrationInterface {
  readonly name = "DecisionCount1795500000018";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    const id = postgres
      ? `"id" ${integer} NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
      : '"id" INTEGER NOT NULL PRIMARY KEY';
    await runAll(runner, [
      ...emptyIndex(postgres),
      ...ADDED.map((name) => `ALTER TABLE "decision_index" ADD COLUMN "${name}" ${text}`),
      `CREATE TABLE "decision_count_group" (${id}, "day" ${integer} NOT NULL, ${GROUP.map((name) => `"${name}" ${text} NOT NULL`).join(", ")})`,
      `CREATE UNIQUE INDEX "decision_count_group_unique" ON "decision_count_group" (${GROUP.map((name) => `"${name}"`).join(", ")})`,
      'CREATE INDEX "decision_count_group_day" ON "decision_count_group" ("day")',
      `CREATE TABLE "decision_count" ("grain" ${text} NOT NULL, "start" ${integer} NOT NULL, "of_group" ${integer} NOT NULL,
        "reason" ${text} NOT NULL, "rule_id" ${text} NOT NULL, "n" ${integer} NOT NULL,
        PRIMARY KEY ("grain", "start", "of_group", "reason", "rule_id"))${postgres ? "" : " WITHOUT ROWID"}`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP TABLE "decision_count"',
      'DROP TABLE "decision_count_group"',
      ...ADDED.map((name) => `ALTER TABLE "decision_index" DROP COLUMN "${name}"`),
    ]);
  }
}
