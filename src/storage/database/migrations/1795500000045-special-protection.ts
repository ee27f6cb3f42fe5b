import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** Settings of organizations: whether specially protected data is guarded, and whether a purpose must be declared. */
export class SpecialProtection1795500000045 implements MigrationInterface {
  readonly name = "SpecialProtection1795500000045";

  async up(runner: QueryRunner): Promise<void> {
    const { boolean, text } = columnTypes(runner);
    await runAll(runner, [
      `ALTER TABLE "policy_organization" ADD COLUMN "special_protection" ${text}`,
      `ALTER TABLE "policy_organization" ADD COLUMN "purpose_required" ${boolean}`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'ALTER TABLE "policy_organization" DROP COLUMN "purpose_required"',
      'ALTER TABLE "policy_organization" DROP COLUMN "special_protection"',
    ]);
  }
}
