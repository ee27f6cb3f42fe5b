import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** Replays that are made apart from the request that asked for them, with what came of them. */
export class ReplayJob1795500000006 implements MigrationInterface {
  readonly name = "ReplayJob1795500000006";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "replay_job" ("id" ${text} NOT NULL PRIMARY KEY, "owner" ${text} NOT NULL, "state" ${text} NOT NULL,
        "progress" ${integer} NOT NULL, "read" ${integer} NOT NULL, "base_revision" ${integer} NOT NULL,
        "input_sha256" ${text} NOT NULL, "created_at" ${integer} NOT NULL, "started_at" ${integer}, "ended_at" ${integer},
        "seen_at" ${integer} NOT NULL, "reason" ${text}, "replay" ${text})`,
      `CREATE INDEX "replay_job_open" ON "replay_job" ("seen_at") WHERE "ended_at" IS NULL`,
      `CREATE INDEX "replay_job_ended" ON "replay_job" ("ended_at") WHERE "ended_at" IS NOT NULL`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "replay_job"`]);
  }
}
