import type { MigrationInterface, QueryRunner } from "typeorm";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "access_request_keeps_its_base",
    table: "access_request",
    on: "UPDATE",
    when: changesAny(postgres, ["base_revision"]),
    refusal: "what was asked for does not change",
  },
];

/**
 * The revision of the policy on which access was asked for. What was asked for before, nobody knows on which: what it names is
 * found to have changed since the beginning, so that it is asked for again.
 */
export class AccessRequestBase1795500000052 implements MigrationInterface {
  readonly name = "AccessRequestBase1795500000052";

  async up(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    const { integer } = columnTypes(runner);
    await runAll(runner, [
      `ALTER TABLE "access_request" ADD COLUMN "base_revision" ${integer} NOT NULL DEFAULT 0`,
      ...guardStatements(guards(postgres), postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      ...(isPostgres(runner)
        ? ['DROP TRIGGER "access_request_keeps_its_base" ON "access_request"', ...dropGuards(guards(true))]
        : ['DROP TRIGGER "access_request_keeps_its_base"']),
      'ALTER TABLE "access_request" DROP COLUMN "base_revision"',
    ]);
  }
}
