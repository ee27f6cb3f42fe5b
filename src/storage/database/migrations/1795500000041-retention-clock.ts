import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** When erasure last believed the clock (domain/audit/retention/trustedRetention.ts); null: never. */
export class RetentionClock1795500000041 implements MigrationInterface {
  readonly name = "RetentionClock1795500000041";

  async up(runner: QueryRunner): Promise<void> {
    const { integer } = columnTypes(runner);
    await runAll(runner, [`ALTER TABLE "retention" ADD COLUMN "trusted_at" ${integer}`]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['ALTER TABLE "retention" DROP COLUMN "trusted_at"']);
  }
}
