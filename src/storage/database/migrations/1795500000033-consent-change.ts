import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Whoever has not looked for so many changes reads anew what it had read. */
const KEPT = 1_000;
/** The turn of the journal (`JOURNAL_LOCK`), which the same transaction takes anyway: one of its own could be taken crosswise. */
const TURN = 7_302_117;

const FORGET = `DELETE FROM "consent_change" WHERE "position" <= (SELECT MAX("position") FROM "consent_change") - ${KEPT}`;

/**
 * Of whom versions of consents were added of late, in the order in which they became visible and without a gap: who
 * remembers the newest consents of patients asks for what came since, and not for each patient anew. The database itself writes it, so that no writer
 * can forget to. Positions come from MAX under the journal's turn, kept until the commit: a sequence would let late ones come below what was seen.
 */
export class ConsentChange1795500000033 implements MigrationInterface {
  readonly name = "ConsentChange1795500000033";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    const postgres = isPostgres(runner);
    await runAll(runner, [
      `CREATE TABLE "consent_change" ("position" ${postgres ? integer : "INTEGER"} NOT NULL PRIMARY KEY, "id" ${text} NOT NULL,
        "version" ${integer} NOT NULL, "patient" ${text} NOT NULL)`,
      ...(postgres
        ? [
            `CREATE FUNCTION consent_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              PERFORM pg_advisory_xact_lock(${TURN});
              INSERT INTO "consent_change" ("position", "id", "version", "patient")
                SELECT (SELECT COALESCE(MAX("position"), 0) FROM "consent_change") + row_number() OVER (), "id", "version", "patient" FROM added;
              ${FORGET};
              RETURN NULL; END $$`,
            `CREATE TRIGGER "consent_changed" AFTER INSERT ON "consent" REFERENCING NEW TABLE AS added
              FOR EACH STATEMENT EXECUTE FUNCTION consent_changed()`,
          ]
        : [
            // The greatest position plus 1, as of every row.
            `CREATE TRIGGER "consent_changed" AFTER INSERT ON "consent" BEGIN
              INSERT INTO "consent_change" ("id", "version", "patient") VALUES (NEW."id", NEW."version", NEW."patient");
              ${FORGET}; END`,
          ]),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [
      `DROP TRIGGER "consent_changed"${isPostgres(runner) ? ' ON "consent"' : ""}`,
      ...(isPostgres(runner) ? ["DROP FUNCTION consent_changed()"] : []),
      'DROP TABLE "consent_change"',
    ]);
  }
}
