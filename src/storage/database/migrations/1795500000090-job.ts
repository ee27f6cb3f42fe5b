import type { MigrationInterface, QueryRunner } from "typeorm";
import { ReplayJob1795500000006 } from "./1795500000006-replay-job.ts";
import { BacktestJob1795500000028 } from "./1795500000028-backtest-job.ts";
import { columnTypes, runAll } from "./helpers.ts";

const SHARED = `"id", "owner", "state", "progress", "read", "input_sha256", "created_at", "started_at", "ended_at", "seen_at", "reason"`;

/** Replays and back-tests that are made apart stand in one table, with what came of them. */
export class Job1795500000090 implements MigrationInterface {
  readonly name = "Job1795500000090";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "job" ("id" ${text} NOT NULL PRIMARY KEY, "kind" ${text} NOT NULL, "owner" ${text} NOT NULL, "state" ${text} NOT NULL,
        "progress" ${integer} NOT NULL, "read" ${integer} NOT NULL, "input_sha256" ${text} NOT NULL, "base_revision" ${integer},
        "detector" ${text}, "from" ${integer}, "to" ${integer}, "created_at" ${integer} NOT NULL, "started_at" ${integer},
        "ended_at" ${integer}, "seen_at" ${integer} NOT NULL, "reason" ${text}, "result" ${text})`,
      `INSERT INTO "job" (${SHARED}, "kind", "base_revision", "result") SELECT ${SHARED}, 'REPLAY', "base_revision", "replay" FROM "replay_job"`,
      `INSERT INTO "job" (${SHARED}, "kind", "detector", "from", "to", "result")
        SELECT ${SHARED}, 'BACKTEST', "detector", "from", "to", "backtest" FROM "backtest_job"`,
      `DROP TABLE "replay_job"`,
      `DROP TABLE "backtest_job"`,
      `CREATE INDEX "job_open" ON "job" ("seen_at") WHERE "ended_at" IS NULL`,
      `CREATE INDEX "job_ended" ON "job" ("ended_at") WHERE "ended_at" IS NOT NULL`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await new ReplayJob1795500000006().up(runner);
    await new BacktestJob1795500000028().up(runner);
    await runAll(runner, [
      `INSERT INTO "replay_job" (${SHARED}, "base_revision", "replay") SELECT ${SHARED}, "base_revision", "result" FROM "job" WHERE "kind" = 'REPLAY'`,
      `INSERT INTO "backtest_job" (${SHARED}, "detector", "from", "to", "backtest")
        SELECT ${SHARED}, "detector", "from", "to", "result" FROM "job" WHERE "kind" = 'BACKTEST'`,
      `DROP TABLE "job"`,
    ]);
  }
}
