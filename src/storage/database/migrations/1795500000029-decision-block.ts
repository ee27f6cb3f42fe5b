import type { MigrationInterface, QueryRunner } from "typeorm";
import { BLOCK_TABLES, guardBlocks } from "./emptyBlocks.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What nobody asks any more: what they found, sets find. */
const INDEXES = [
  `"decision_index_decided_at" ON "decision_index" ("decided_at")`,
  `"decision_index_client" ON "decision_index" ("client_id", "seq")`,
  `"decision_index_exception" ON "decision_index" ("seq", "outcome", "reason_codes")
    WHERE ("outcome" = 'DENY' OR "reason_codes" <> '|ALLOWED_BY_RULE|')`,
] as const;

/**
 * Blocks of the index of decisions (storage/journal/decisionBlocks.ts): of each value of each facet the positions in a block, and of each
 * block when its decisions were made; and how often the index was made anew, by which a search knows that it was meanwhile. What is in the index already is sealed by the follower, afterwards.
 */
export class DecisionBlock1795500000029 implements MigrationInterface {
  readonly name = "DecisionBlock1795500000029";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "decision_block" ("block" ${postgres ? integer : "INTEGER"} NOT NULL PRIMARY KEY, "first_at" ${integer} NOT NULL,
        "last_at" ${integer} NOT NULL)`,
      `CREATE TABLE "decision_facet" ("facet" ${text} NOT NULL, "value" ${text} NOT NULL, "block" ${integer} NOT NULL,
        "positions" ${postgres ? "BYTEA" : "BLOB"} NOT NULL, PRIMARY KEY ("facet", "value", "block"))${postgres ? "" : " WITHOUT ROWID"}`,
      ...guardBlocks(postgres),
      `CREATE TABLE "decision_generation" ("generation" ${integer} NOT NULL)`,
      'INSERT INTO "decision_generation" VALUES (0)',
      ...INDEXES.map((index) => `DROP INDEX ${index.slice(0, index.indexOf(" "))}`),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      ...BLOCK_TABLES.map((table) => `DROP TABLE "${table}"`),
      'DROP TABLE "decision_generation"',
      `DELETE FROM "journal_follower" WHERE "name" = 'decision_blocks'`,
      ...INDEXES.map((index) => `CREATE INDEX ${index}`),
    ]);
  }
}
