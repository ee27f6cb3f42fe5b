import type { MigrationInterface, QueryRunner } from "typeorm";
import { runAll } from "./helpers.ts";

/**
 * Which versions a decision must know of is answered from the index alone; what they say is read where it is not known
 * yet. `until` is always null there: SQLite looks into the row for a column that a condition names and the index has not.
 */
export class ConsentCovered1795500000017 implements MigrationInterface {
  readonly name = "ConsentCovered1795500000017";

  async up(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      `DROP INDEX "consent_of_patient"`,
      `CREATE INDEX "consent_of_patient" ON "consent" ("patient", "id", "version", "until") WHERE "until" IS NULL`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      `DROP INDEX "consent_of_patient"`,
      `CREATE INDEX "consent_of_patient" ON "consent" ("patient", "id") WHERE "until" IS NULL`,
    ]);
  }
}
