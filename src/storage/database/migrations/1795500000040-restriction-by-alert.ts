import type { MigrationInterface, QueryRunner } from "typeorm";
import { runAll } from "./helpers.ts";

const HOLDER = `"holder_id", "holder_kind", "holder_type", "response"`;

/**
 * One of a kind is in force for a holder at a time among alerts that show the holder alike (storage/responses/restrictionStore.ts), which no
 * index can tell: it holds the same alert.
 */
export class RestrictionByAlert1795500000040 implements MigrationInterface {
  readonly name = "RestrictionByAlert1795500000040";

  async up(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP INDEX "restriction_in_force"',
      `CREATE INDEX "restriction_in_force" ON "restriction" (${HOLDER}) WHERE NOT "is_over"`,
      `CREATE UNIQUE INDEX "restriction_once" ON "restriction" ("alert_id", ${HOLDER}) WHERE NOT "is_over"`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP INDEX "restriction_once"',
      'DROP INDEX "restriction_in_force"',
      `CREATE UNIQUE INDEX "restriction_in_force" ON "restriction" (${HOLDER}) WHERE NOT "is_over"`,
    ]);
  }
}
