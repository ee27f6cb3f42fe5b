import type { MigrationInterface, QueryRunner } from "typeorm";
import { indexConfined } from "./confinedSearches.ts";
import { isPostgres, runAll } from "./helpers.ts";

/** How far the index of decisions had come. */
const INDEXED = `(SELECT COALESCE(MAX("seq"), 0) FROM "decision_index")`;

/**
 * For who saw a patient's data (storage/journal/patientAccesses.ts): in `decision_patient` also those to whom a filter confined a
 * search, with those of the past; by position, so that an access which names nobody is told from one that is confined; and the
 * allowed accesses that name nobody.
 */
export class PatientAccess1795500000026 implements MigrationInterface {
  readonly name = "PatientAccess1795500000026";

  async up(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      indexConfined(isPostgres(runner) ? "postgres" : "sqlite", ["0", INDEXED]),
      `CREATE INDEX "decision_patient_seq" ON "decision_patient" ("seq")`,
      `CREATE INDEX "decision_index_nobody" ON "decision_index" ("decided_at", "resource_type", "seq")
        WHERE "patient" IS NULL AND "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`,
    ]);
  }

  /** What was added to `decision_patient` stays: it can only grow, and an older version finds more by it. */
  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP INDEX "decision_index_nobody"', 'DROP INDEX "decision_patient_seq"']);
  }
}
