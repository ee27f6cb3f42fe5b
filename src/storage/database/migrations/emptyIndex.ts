import { sqliteLeavingGuard } from "./archiveGuards.ts";

const REFUSAL = "the journal is append-only";
const TABLES = ["decision_index", "decision_patient"] as const;

const closed = (table: string, verb: string): string =>
  `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}"
    BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`;

const sqlite = (archives: boolean): readonly string[] =>
  TABLES.flatMap((table) => [
    ...["update", "delete"].map((verb) => `DROP TRIGGER "${table}_no_${verb}"`),
    `DELETE FROM "${table}"`,
    closed(table, "UPDATE"),
    archives ? sqliteLeavingGuard(table) : closed(table, "DELETE"),
  ]);

const postgres = TABLES.flatMap((table) => [
  `ALTER TABLE "${table}" DISABLE TRIGGER "${table}_no_change"`,
  `TRUNCATE "${table}"`,
  `ALTER TABLE "${table}" ENABLE TRIGGER "${table}_no_change"`,
]);

/** Empties the index of decisions; `archives`: in a database where acts may leave for these. */
export const emptyTables = (isPostgres: boolean, archives: boolean): readonly string[] =>
  isPostgres ? postgres : sqlite(archives);

/** Empties the index of decisions and sends its follower back to the journal's beginning; in one transaction, with what is counted beside. */
export const emptyIndex = (isPostgres: boolean): readonly string[] => [
  ...emptyTables(isPostgres, false),
  `UPDATE "journal_follower" SET "position" = 0, "wanted" = 0 WHERE "name" = 'decision_index'`,
];
