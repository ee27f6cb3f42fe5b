import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** What the policy has alerts restrict, and which clients none suspends. */
export class Restriction1795500000027 implements MigrationInterface {
  readonly name = "Restriction1795500000027";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, text } = columnTypes(runner);
    await runAll(runner, [
      `ALTER TABLE "policy_client" ADD COLUMN "care_critical" ${boolean} NOT NULL DEFAULT FALSE`,
      `ALTER TABLE "policy_organization" ADD COLUMN "alert_responses" ${text}`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'ALTER TABLE "policy_organization" DROP COLUMN "alert_responses"',
      'ALTER TABLE "policy_client" DROP COLUMN "care_critical"',
    ]);
  }
}
