import type { MigrationInterface, QueryRunner } from "typeorm";
import { emptyIndex } from "./emptyIndex.ts";
import { isPostgres, runAll } from "./helpers.ts";

/**
 * For who saw a patient's data (storage/journal/patientAccesses.ts): whom a filter confines a search to stands in `decision_patient`,
 * for which what was indexed before is indexed anew, and counted; by position, so that an access which names nobody is told from one
 * that is confined; and the allowed accesses that name nobody.
 */
export class PatientAccess1795500000026 implements MigrationInterface {
  readonly name = "PatientAccess1795500000026";

  async up(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      ...emptyIndex(isPostgres(runner)),
      'DELETE FROM "decision_count"',
      `CREATE INDEX "decision_patient_seq" ON "decision_patient" ("seq")`,
      `CREATE INDEX "decision_index_nobody" ON "decision_index" ("decided_at", "resource_type", "seq")
        WHERE "patient" IS NULL AND "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, ['DROP INDEX "decision_index_nobody"', 'DROP INDEX "decision_patient_seq"']);
  }
}
