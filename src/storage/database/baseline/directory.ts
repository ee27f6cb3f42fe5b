import type { Room } from "./columnTypes.ts";

/** What is known of subjects and resources, each row with the directory's revisions at which it began and ended; and these. */
export const directory: Room = ({ integer, member, postgres, text }) => {
  // As directoryThen.ts says it, to the letter: else the index would not serve.
  const patientRecord = postgres
    ? `((("properties"::jsonb)->>'patientRecord') COLLATE "C")`
    : member('"properties"', "patientRecord");
  return [
    `CREATE TABLE "directory_revision" ("revision" ${integer} NOT NULL PRIMARY KEY, "author" ${text} NOT NULL,
      "reason" ${text} NOT NULL, "committed_at" ${integer} NOT NULL, "put" ${integer} NOT NULL, "removed" ${integer} NOT NULL,
      "changes_sha256" ${text} NOT NULL)`,
    `CREATE TABLE "directory_entity" ("type" ${text} NOT NULL, "id" ${text} NOT NULL, "since" ${integer} NOT NULL,
      "until" ${integer}, "properties" ${text}, PRIMARY KEY ("type", "id", "since"), CHECK ("until" > "since"))`,
    // At most one version of an entity is current.
    `CREATE UNIQUE INDEX "directory_entity_current" ON "directory_entity" ("type", "id") WHERE "until" IS NULL`,
    // What began and ended with a revision.
    `CREATE INDEX "directory_entity_since" ON "directory_entity" ("since", "type", "id")`,
    `CREATE INDEX "directory_entity_until" ON "directory_entity" ("until", "type", "id") WHERE "until" IS NOT NULL`,
    // Who is a patient.
    `CREATE INDEX "directory_entity_patient_record" ON "directory_entity" (${patientRecord}) WHERE ${patientRecord} IS NOT NULL`,
  ];
};
