import type { MigrationInterface, QueryRunner } from "typeorm";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** What of a version never changes: all but by which one it was followed. */
const FIXED = [
  "id",
  "version",
  "patient",
  "step",
  "terms",
  "source",
  "made_at",
  "recorded_by",
  "recorded_at",
  "reason",
] as const;

const follows = `NEW."version" > 1 AND NOT EXISTS (SELECT 1 FROM "consent" c WHERE c."id" = NEW."id"
  AND c."version" = NEW."version" - 1 AND c."patient" = NEW."patient" AND c."until" = NEW."version")`;

/** What a trigger refuses: its name, of which table and change, under which condition, and in which words. */
const guards = (postgres: boolean): readonly (readonly [string, string, string, string, string])[] => {
  const isNot = postgres ? "IS DISTINCT FROM" : "IS NOT";
  const differs = FIXED.map((name) => `OLD."${name}" ${isNot} NEW."${name}"`).join(" OR ");
  const ends = `OLD."until" IS NOT NULL OR NEW."until" ${isNot} OLD."version" + 1`;
  const always = "1 = 1";
  return [
    [
      "consent_follows",
      "consent",
      "INSERT",
      follows,
      "a version of a consent follows the one before, of the same patient",
    ],
    ["consent_stays", "consent", "UPDATE", `${differs} OR ${ends}`, "a version of a consent does not change"],
    ["consent_is_kept", "consent", "DELETE", always, "a version of a consent is kept"],
    ["consent_client_stays", "consent_client", "UPDATE", always, "a version of a consent does not change"],
    ["consent_client_is_kept", "consent_client", "DELETE", always, "a version of a consent is kept"],
  ];
};

const sqliteGuards = guards(false).map(
  ([name, table, on, when, refusal]) => `CREATE TRIGGER "${name}" BEFORE ${on} ON "${table}" WHEN ${when}
    BEGIN SELECT RAISE(ABORT, '${refusal}'); END`,
);
/** PostgreSQL's `WHEN` may not read another row, so the function looks. */
const postgresGuards = guards(true).flatMap(([name, table, on, when, refusal]) => [
  `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF ${when} THEN
      RAISE EXCEPTION '${refusal}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NEW; END $$`,
  `CREATE TRIGGER "${name}" BEFORE ${on} ON "${table}" FOR EACH ROW EXECUTE FUNCTION ${name}()`,
]);

/**
 * Consents by version, of which nothing changes but `until`: by which version one was followed. Null is the newest, so the
 * partial indexes have one entry a consent however many versions it has had, and each decision's question, the newest of
 * these patients, is one range of one of them. A table of heads beside would answer it in two steps, and could differ.
 */
export class Consent1795500000011 implements MigrationInterface {
  readonly name = "Consent1795500000011";

  async up(runner: QueryRunner): Promise<void> {
    const { text, integer } = columnTypes(runner);
    await runAll(runner, [
      `CREATE TABLE "consent" ("id" ${text} NOT NULL, "version" ${integer} NOT NULL, "patient" ${text} NOT NULL,
        "step" ${text} NOT NULL, "terms" ${text} NOT NULL, "source" ${text} NOT NULL, "made_at" ${integer},
        "recorded_by" ${text} NOT NULL, "recorded_at" ${integer} NOT NULL, "reason" ${text} NOT NULL, "until" ${integer},
        PRIMARY KEY ("id", "version"), CHECK ("version" >= 1), CHECK ("step" IN ('RECORDED', 'WITHDRAWN')))`,
      // At most one version of a consent is the newest.
      `CREATE UNIQUE INDEX "consent_newest" ON "consent" ("id") WHERE "until" IS NULL`,
      `CREATE INDEX "consent_of_patient" ON "consent" ("patient", "id") WHERE "until" IS NULL`,
      `CREATE INDEX "consent_recorded" ON "consent" ("recorded_at", "id") WHERE "until" IS NULL`,
      // The clients that a version names, for lists.
      `CREATE TABLE "consent_client" ("client_id" ${text} NOT NULL, "at" ${integer} NOT NULL, "id" ${text} NOT NULL,
        "version" ${integer} NOT NULL, PRIMARY KEY ("client_id", "at", "id", "version"))`,
      ...(isPostgres(runner) ? postgresGuards : sqliteGuards),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runAll(runner, [`DROP TABLE "consent_client"`, `DROP TABLE "consent"`]);
    if (isPostgres(runner))
      await runAll(
        runner,
        guards(true).map(([name]) => `DROP FUNCTION ${name}()`),
      );
  }
}
