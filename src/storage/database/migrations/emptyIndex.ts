import { sqliteLeavingGuard } from "./archiveGuards.ts";
import { sqliteIndexGuards } from "./erasureGuards.ts";

const REFUSAL = "the journal is append-only";
const TABLES = ["decision_index", "decision_patient"] as const;

const VERBS = ["UPDATE", "DELETE"] as const;
const closed = (table: string): readonly string[] =>
  VERBS.map(
    (verb) => `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}"
      BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
  );
const sqlite = (current: boolean): readonly string[] =>
  TABLES.flatMap((table) => [
    ...VERBS.map((verb) => `DROP TRIGGER "${table}_no_${verb.toLowerCase()}"`),
    `DELETE FROM "${table}"`,
    ...(current ? [sqliteIndexGuards[table].UPDATE, sqliteLeavingGuard(table)] : closed(table)),
  ]);

const postgres = TABLES.flatMap((table) => [
  `ALTER TABLE "${table}" DISABLE TRIGGER "${table}_no_change"`,
  `TRUNCATE "${table}"`,
  `ALTER TABLE "${table}" ENABLE TRIGGER "${table}_no_change"`,
]);

/** Empties the index of decisions; `current`: its guards let erasures and archives through, and are left as they were. */
export const emptyTables = (isPostgres: boolean, current: boolean): readonly string[] =>
  isPostgres ? postgres : sqlite(current);

/** Empties the index of decisions and sends its follower back to the journal's beginning; in one transaction, with what is counted beside. */
export const emptyIndex = (isPostgres: boolean): readonly string[] => [
  ...emptyTables(isPostgres, false),
  `UPDATE "journal_follower" SET "position" = 0, "wanted" = 0 WHERE "name" = 'decision_index'`,
];
