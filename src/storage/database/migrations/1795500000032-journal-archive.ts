import type { MigrationInterface, QueryRunner } from "typeorm";
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
const END = `COALESCE((SELECT MAX("until_position") FROM "journal_archive"), 0)`;

const guards = (postgres: boolean): readonly Guard[] => [
  {
    name: "journal_archive_is_on_record",
    table: "journal_archive",
    on: "INSERT",
    // What leaves is always a beginning of the journal, without the act that says so.
    when: `COALESCE((${ACT}), 0) <= NEW."until_position" OR NEW."from_position" <= ${END} OR NEW."removed_to" >= NEW."from_position"`,
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

/** What had no way out of the database so far: now what an archive has, and nothing else. */
const LEAVING = ["journal", "decision_index", "decision_patient"] as const;
const STAYS = `OLD."seq" > ${END}`;

const sqliteOpens = LEAVING.flatMap((table) => [
  `DROP TRIGGER IF EXISTS "${table}_no_delete"`,
  `CREATE TRIGGER "${table}_no_delete" BEFORE DELETE ON "${table}" WHEN ${STAYS}
    BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
]);
const sqliteCloses = LEAVING.flatMap((table) => [
  `DROP TRIGGER "${table}_no_delete"`,
  `CREATE TRIGGER "${table}_no_delete" BEFORE DELETE ON "${table}" BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
]);

const appendOnly = (
  but: string,
): string => `CREATE OR REPLACE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN ${but}RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$`;
const postgresOpens = [
  // A row at a time says whether it may go: by the statement nobody knows which rows are meant.
  appendOnly("IF TG_OP = 'DELETE' THEN RETURN NULL; END IF; "),
  `CREATE FUNCTION journal_leaves_archived() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF ${STAYS} THEN RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN OLD; END $$`,
  ...LEAVING.map(
    (table) => `CREATE TRIGGER "${table}_leaves_archived" BEFORE DELETE ON "${table}"
      FOR EACH ROW EXECUTE FUNCTION journal_leaves_archived()`,
  ),
];
const postgresCloses = [
  ...LEAVING.map((table) => `DROP TRIGGER "${table}_leaves_archived" ON "${table}"`),
  "DROP FUNCTION journal_leaves_archived()",
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
