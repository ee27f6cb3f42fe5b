import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, runAll } from "./helpers.ts";

/** Random values that the instances of one database share. */
export class Secret1795500000005 implements MigrationInterface {
  readonly name = "Secret1795500000005";

  async up(runner: QueryRunner): Promise<void> {
    const { text } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "service_secret" ("name" ${text} NOT NULL PRIMARY KEY, "value" ${text} NOT NULL)`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP TABLE "service_secret"']);
  }
}
