import type { MigrationInterface, QueryRunner } from "typeorm";
import { ARCHIVE_END, LEAVING, postgresLeavingGuard, sqliteLeavingGuard } from "./archiveGuards.ts";
import { postgresFacetGuard, postgresTrigger, sqliteFacetGuard, sqliteIndexGuards } from "./erasureGuards.ts";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

const REFUSAL = "the journal is append-only";
const COLUMNS = [
  "until_position",
  "from_position",
  "first",
  "size",
  "month",
  "file",
  "sha256",
  "at",
  "act_id",
  "directory_revision",
];
const ACT = `SELECT "seq" FROM "journal" WHERE "id" = NEW."act_id" AND "kind" = 'ARCHIVE'`;

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "journal_archive_is_on_record",
    table: "journal_archive",
    on: "INSERT",
    // What leaves is always a beginning of the journal, without the act that says so.
    when: `COALESCE((${ACT}), 0) <= NEW."until_position" OR NEW."from_position" <= ${ARCHIVE_END} OR NEW."removed_to" >= NEW."from_position"`,
    refusal: "what leaves the journal is on record",
  },
  {
    name: "journal_archive_stays_what_it_is",
    table: "journal_archive",
    on: "UPDATE",
    when: `${changesAny(postgres, COLUMNS)} OR NEW."removed_to" < OLD."removed_to"`,
    refusal: "an archive stays what it is",
  },
  { name: "journal_archive_is_kept", table: "journal_archive", on: "DELETE", when: "", refusal: "an archive is kept" },
];

const TABLES = LEAVING.map((table) => `'${table}'`).join(", ");

const FACET = 'DROP TRIGGER "decision_facet_no_delete"';
const sqliteOpens = [
  ...LEAVING.flatMap((table) => [`DROP TRIGGER "${table}_no_delete"`, sqliteLeavingGuard(table)]),
  FACET,
  sqliteFacetGuard(true),
];
const sqliteCloses = [
  ...LEAVING.flatMap((table) => [
    `DROP TRIGGER "${table}_no_delete"`,
    table === "journal"
      ? `CREATE TRIGGER "${table}_no_delete" BEFORE DELETE ON "${table}" BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`
      : sqliteIndexGuards[table].DELETE,
  ]),
  FACET,
  sqliteFacetGuard(false),
];

const appendOnly = (
  but: string,
): string => `CREATE OR REPLACE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN ${but}RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$`;
const postgresOpens = [
  // Of these alone each row is asked, below.
  appendOnly(`IF TG_OP = 'DELETE' AND TG_TABLE_NAME IN (${TABLES}) THEN RETURN NULL; END IF; `),
  ...LEAVING.flatMap(postgresLeavingGuard),
  postgresFacetGuard(true),
];
const postgresCloses = [
  ...LEAVING.flatMap((table) => [
    `DROP TRIGGER "${table}_leaves_archived" ON "${table}"`,
    `DROP FUNCTION ${table}_leaves_archived()`,
  ]),
  postgresTrigger("decision_patient", "DELETE"),
  postgresFacetGuard(false),
  appendOnly(""),
];

/**
 * The months whose acts are in files (storage/archive/archiveStore.ts), by which, and by which alone, acts may leave the journal. And up
 * to where decisions were counted that are not counted again when what is derived is made again, as some of them may have left.
 */
export class JournalArchive1795500000032 implements MigrationInterface {
  readonly name = "JournalArchive1795500000032";

  async up(runner: QueryRunner): Promise<void> {
    const { integer, text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "journal_archive" ("until_position" ${integer} NOT NULL PRIMARY KEY, "from_position" ${integer} NOT NULL,
        "first" ${integer} NOT NULL, "size" ${integer} NOT NULL, "month" ${text} NOT NULL, "file" ${text} NOT NULL,
        "sha256" ${text} NOT NULL, "at" ${integer} NOT NULL, "act_id" ${text} NOT NULL UNIQUE,
        "directory_revision" ${integer} NOT NULL, "removed_to" ${integer} NOT NULL,
        CHECK ("from_position" <= "until_position" AND "first" < "size"),
        CHECK ("removed_to" BETWEEN "from_position" - 1 AND "until_position"))`,
      `CREATE TABLE "journal_counted" ("name" ${text} NOT NULL PRIMARY KEY, "position" ${integer} NOT NULL)`,
      ...guardStatements(guards(postgres), postgres),
      ...(postgres ? postgresOpens : sqliteOpens),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    await runAll(runner, [
      ...(postgres ? postgresCloses : sqliteCloses),
      'DROP TABLE "journal_counted"',
      'DROP TABLE "journal_archive"',
      ...(postgres ? dropGuards(guards(true)) : []),
    ]);
  }
}
