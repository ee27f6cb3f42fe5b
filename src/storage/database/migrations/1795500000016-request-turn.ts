import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

const index = (columns: string): readonly string[] => [
  'DROP INDEX "journal_request"',
  `CREATE UNIQUE INDEX "journal_request" ON "journal" (${columns}) WHERE "request_id" IS NOT NULL`,
];

/** A request id may be answered anew after a while: which of its answers an act is, from 0. */
export class RequestTurn1795500000016 implements MigrationInterface {
  readonly name = "RequestTurn1795500000016";

  async up(runner: QueryRunner): Promise<void> {
    const { integer } = columnTypes(runner);
    await runAll(runner, [
      `ALTER TABLE "journal" ADD COLUMN "request_turn" ${integer} NOT NULL DEFAULT 0`,
      ...index('"caller_id", "request_id", "request_turn"'),
    ]);
  }

  /** Fails where a request id was answered more than once. */
  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [...index('"caller_id", "request_id"'), `ALTER TABLE "journal" DROP COLUMN "request_turn"`]);
  }
}
