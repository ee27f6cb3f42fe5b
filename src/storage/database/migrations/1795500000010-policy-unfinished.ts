import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** One row: which revision of the policy is being written in parts, if any, and by which step it was last taken on. */
export class PolicyUnfinished1795500000010 implements MigrationInterface {
  readonly name = "PolicyUnfinished1795500000010";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "policy_unfinished" ("only" ${integer} NOT NULL PRIMARY KEY CHECK ("only" = 1), "writing" ${text},
        "revision" ${integer}, "step" ${integer}, CHECK (("writing" IS NULL) = ("revision" IS NULL)),
        CHECK (("writing" IS NULL) = ("step" IS NULL)))`,
      'INSERT INTO "policy_unfinished" ("only") VALUES (1)',
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP TABLE "policy_unfinished"']);
  }
}
