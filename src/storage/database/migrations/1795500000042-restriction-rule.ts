import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes } from "./helpers.ts";

/** On an alert, what the service did not impose by itself, and why not. */
export class RestrictionRule1795500000042 implements MigrationInterface {
  readonly name = "RestrictionRule1795500000042";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "watch_story" ADD COLUMN "withheld" ${columnTypes(runner).text}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "watch_story" DROP COLUMN "withheld"');
  }
}
