import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** As directoryThen.ts says it, to the letter: else the index would not serve. */
const PATIENT_RECORD = {
  sqlite: `("properties"->>'patientRecord')`,
  postgres: `((("properties"::jsonb)->>'patientRecord') COLLATE "C")`,
};

/**
 * Each access that was allowed to a person, by patient, with what explains it (storage/monitoring/watching.ts); how many were, by the
 * day and in all; and the revision of the directory up to which it is told. Who is a patient is found in the directory.
 */
export class WatchedAccess1795500000019 implements MigrationInterface {
  readonly name = "WatchedAccess1795500000019";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const engine = isPostgres(runner) ? "postgres" : "sqlite";
    await runAll(runner, [
      `CREATE TABLE "watched_access" ("position" ${integer} NOT NULL, "patient" ${text} NOT NULL, "decision_id" ${text} NOT NULL,
        "at" ${integer} NOT NULL, "person_type" ${text} NOT NULL, "person_id" ${text} NOT NULL, "client_id" ${text} NOT NULL,
        "role" ${text}, "unit" ${text}, "organization" ${text}, "kind" ${text}, "reference" ${text}, "since" ${integer},
        PRIMARY KEY ("position", "patient"), CHECK (("kind" IS NULL) = ("since" IS NULL)))`,
      `CREATE INDEX "watched_access_patient" ON "watched_access" ("patient", "at")`,
      `CREATE INDEX "watched_access_person" ON "watched_access" ("person_id", "at")`,
      // What a unit has seen, and what explains the access of a colleague.
      `CREATE INDEX "watched_access_unit" ON "watched_access" ("patient", "unit", "at") WHERE "kind" IS NOT NULL AND "unit" IS NOT NULL`,
      `CREATE TABLE "explained_count" ("day" ${integer} NOT NULL, "organization" ${text} NOT NULL, "client_id" ${text} NOT NULL,
        "role" ${text} NOT NULL, "kind" ${text} NOT NULL, "n" ${integer} NOT NULL,
        PRIMARY KEY ("day", "organization", "client_id", "role", "kind"))`,
      `CREATE TABLE "watched_directory" ("id" ${integer} NOT NULL PRIMARY KEY CHECK ("id" = 1), "revision" ${integer} NOT NULL)`,
      `INSERT INTO "watched_directory" VALUES (1, 0)`,
      `CREATE INDEX "directory_entity_patient_record" ON "directory_entity" (${PATIENT_RECORD[engine]}) WHERE ${PATIENT_RECORD[engine]} IS NOT NULL`,
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      'DROP INDEX "directory_entity_patient_record"',
      ...["watched_directory", "explained_count", "watched_access"].map((table) => `DROP TABLE "${table}"`),
    ]);
  }
}
