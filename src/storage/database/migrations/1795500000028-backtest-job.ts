import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** Back-tests that are made apart from the request that asked for them, with what came of them. */
export class BacktestJob1795500000028 implements MigrationInterface {
  readonly name = "BacktestJob1795500000028";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "backtest_job" ("id" ${text} NOT NULL PRIMARY KEY, "owner" ${text} NOT NULL, "state" ${text} NOT NULL,
        "progress" ${integer} NOT NULL, "read" ${integer} NOT NULL, "input_sha256" ${text} NOT NULL, "created_at" ${integer} NOT NULL,
        "started_at" ${integer}, "ended_at" ${integer}, "seen_at" ${integer} NOT NULL, "reason" ${text}, "detector" ${text} NOT NULL,
        "from" ${integer} NOT NULL, "to" ${integer} NOT NULL, "backtest" ${text})`,
      `CREATE INDEX "backtest_job_open" ON "backtest_job" ("seen_at") WHERE "ended_at" IS NULL`,
      `CREATE INDEX "backtest_job_ended" ON "backtest_job" ("ended_at") WHERE "ended_at" IS NOT NULL`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "backtest_job"`]);
  }
}
