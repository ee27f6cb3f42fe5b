import type { MigrationInterface, QueryRunner } from "typeorm";
import { isPostgres, runAll } from "./helpers.ts";

const KEY = '"decision_facet_pkey"';
const COLUMNS = 'PRIMARY KEY ("facet", "value", "block")';
/** What is read by its index alone, once a vacuum has seen it: by default a fifth of a table comes before one does. */
const READ_BY_INDEX = ["decision_facet", "decision_key"] as const;
const SCALE = "autovacuum_vacuum_insert_scale_factor";

const rekeyed = (columns: string): readonly string[] => [
  `ALTER TABLE "decision_facet" DROP CONSTRAINT ${KEY}`,
  `ALTER TABLE "decision_facet" ADD CONSTRAINT ${KEY} ${columns}`,
];

/**
 * PostgreSQL finds the sets of a value in the index itself, beside each other. A table's rows stand there in the order in which they came, each
 * block's sets of a value on another page. SQLite keeps the table in the order of its key anyway.
 */
export class FacetPositions1795500000043 implements MigrationInterface {
  readonly name = "FacetPositions1795500000043";

  async up(runner: QueryRunner): Promise<void> {
    if (!isPostgres(runner)) return;
    await runAll(runner, [
      ...rekeyed(`${COLUMNS} INCLUDE ("positions")`),
      ...READ_BY_INDEX.map((table) => `ALTER TABLE "${table}" SET (${SCALE} = 0.02)`),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (!isPostgres(runner)) return;
    await runAll(runner, [
      ...READ_BY_INDEX.map((table) => `ALTER TABLE "${table}" RESET (${SCALE})`),
      ...rekeyed(COLUMNS),
    ]);
  }
}
