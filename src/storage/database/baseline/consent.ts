import { JOURNAL_LOCK } from "../postgres.ts";
import type { Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";

/** What of a version never changes: all but by which one it was followed. */
const FIXED = [
  ...["id", "version", "patient", "step", "terms", "source", "made_at"],
  ...["recorded_by", "recorded_at", "reason"],
];

const guards = (postgres: boolean): readonly Guard[] => {
  const changes = "a version of a consent does not change";
  const goes = "a version of a consent is kept";
  return [
    {
      ...{ name: "consent_follows", table: "consent", on: "INSERT" },
      when: `NEW."version" > 1 AND NOT EXISTS (SELECT 1 FROM "consent" c WHERE c."id" = NEW."id"
        AND c."version" = NEW."version" - 1 AND c."patient" = NEW."patient" AND c."until" = NEW."version")`,
      refusal: "a version of a consent follows the one before, of the same patient",
    },
    {
      ...{ name: "consent_stays", table: "consent", on: "UPDATE" },
      when: `${changesAny(postgres, FIXED)} OR OLD."until" IS NOT NULL
        OR NEW."until" ${postgres ? "IS DISTINCT FROM" : "IS NOT"} OLD."version" + 1`,
      refusal: changes,
    },
    { name: "consent_is_kept", table: "consent", on: "DELETE", refusal: goes },
    { name: "consent_client_stays", table: "consent_client", on: "UPDATE", refusal: changes },
    { name: "consent_client_is_kept", table: "consent_client", on: "DELETE", refusal: goes },
  ];
};

/** Whoever has not looked for so many changes reads anew what it had read. */
const KEPT = 1_000;
const FORGET = `DELETE FROM "consent_change" WHERE "position" <= (SELECT MAX("position") FROM "consent_change") - ${KEPT}`;

/**
 * Positions come from MAX under the journal's turn, which the same transaction takes anyway, kept until the commit: a sequence would let late ones come
 * below what was seen, and a turn of its own could be taken crosswise.
 */
const postgresChanged = [
  `CREATE FUNCTION consent_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock(${JOURNAL_LOCK});
    INSERT INTO "consent_change" ("position", "id", "version", "patient")
      SELECT (SELECT COALESCE(MAX("position"), 0) FROM "consent_change") + row_number() OVER (), "id", "version", "patient" FROM added;
    ${FORGET};
    RETURN NULL; END $$`,
  `CREATE TRIGGER "consent_changed" AFTER INSERT ON "consent" REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION consent_changed()`,
];
/** The greatest position plus 1, as of every row. */
const sqliteChanged = [
  `CREATE TRIGGER "consent_changed" AFTER INSERT ON "consent" BEGIN
    INSERT INTO "consent_change" ("id", "version", "patient") VALUES (NEW."id", NEW."version", NEW."patient");
    ${FORGET}; END`,
];

/**
 * Consents by version, of which nothing changes but `until`, by which version one was followed: null is the newest. A decision asks
 * for the newest of its patients, by one range of one index.
 */
export const consent: Room = ({ integer, postgres, rowNumber, text }) => [
  `CREATE TABLE "consent" ("id" ${text} NOT NULL, "version" ${integer} NOT NULL, "patient" ${text} NOT NULL,
    "step" ${text} NOT NULL, "terms" ${text} NOT NULL, "source" ${text} NOT NULL, "made_at" ${integer},
    "recorded_by" ${text} NOT NULL, "recorded_at" ${integer} NOT NULL, "reason" ${text} NOT NULL, "until" ${integer},
    PRIMARY KEY ("id", "version"), CHECK ("version" >= 1), CHECK ("step" IN ('RECORDED', 'WITHDRAWN')))`,
  // At most one version of a consent is the newest.
  `CREATE UNIQUE INDEX "consent_newest" ON "consent" ("id") WHERE "until" IS NULL`,
  // It answers alone; `until`, always null there, is in it as SQLite looks into the row for a column that a condition names and the index lacks.
  `CREATE INDEX "consent_of_patient" ON "consent" ("patient", "id", "version", "until") WHERE "until" IS NULL`,
  `CREATE INDEX "consent_recorded" ON "consent" ("recorded_at", "id") WHERE "until" IS NULL`,
  // The clients that a version names, for lists.
  `CREATE TABLE "consent_client" ("client_id" ${text} NOT NULL, "at" ${integer} NOT NULL, "id" ${text} NOT NULL,
    "version" ${integer} NOT NULL, PRIMARY KEY ("client_id", "at", "id", "version"))`,
  // Of whom versions were added of late, as they became visible and without a gap: whoever remembers the newest consents asks for what came since.
  `CREATE TABLE "consent_change" ("position" ${rowNumber} NOT NULL PRIMARY KEY, "id" ${text} NOT NULL,
    "version" ${integer} NOT NULL, "patient" ${text} NOT NULL)`,
  ...guardStatements(guards(postgres), postgres),
  // The database itself writes it, so that no writer can forget to.
  ...(postgres ? postgresChanged : sqliteChanged),
];
