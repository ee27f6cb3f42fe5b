import type { MigrationInterface, QueryRunner } from "typeorm";
import { emptyBlocks, guardKeys } from "./emptyBlocks.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Trees of which each decision wrote a page of its own, wherever its value stood. */
const INDEXES = [
  `"decision_index_subject" ON "decision_index" ("subject_id", "seq") WHERE "subject_id" IS NOT NULL`,
  `"decision_index_patient" ON "decision_index" ("patient", "seq") WHERE "patient" IS NOT NULL`,
  `"decision_index_resource" ON "decision_index" ("resource_id", "seq") WHERE "resource_id" IS NOT NULL`,
  // What it found, the tree by client finds: each use is a client's.
  `"decision_index_use_scope" ON "decision_index" ("scope", "client_id", "decided_at") WHERE "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`,
  `"decision_index_ip_address" ON "decision_index" ("ip_address", "seq") WHERE "ip_address" IS NOT NULL`,
] as const;

/**
 * Whose decision it is and of what, block by block (storage/journal/decisionKeys.ts), in the place of trees over all of the index. What is
 * sealed already is sealed anew, by its follower.
 */
export class DecisionKey1795500000039 implements MigrationInterface {
  readonly name = "DecisionKey1795500000039";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "decision_key" ("block" ${integer} NOT NULL, "name" ${text} NOT NULL, "value" ${text} NOT NULL,
        "seq" ${integer} NOT NULL, PRIMARY KEY ("block", "name", "value", "seq"))${postgres ? "" : " WITHOUT ROWID"}`,
      ...guardKeys(postgres),
      ...emptyBlocks(postgres, { hasBlooms: false }),
      ...INDEXES.map((index) => `DROP INDEX ${index.slice(0, index.indexOf(" "))}`),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP TABLE "decision_key"',
      ...(isPostgres(runner) ? ["DROP FUNCTION decision_key_leaves()"] : []),
      ...INDEXES.map((index) => `CREATE INDEX ${index}`),
    ]);
  }
}
