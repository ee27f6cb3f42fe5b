import { sqliteIndexGuards } from "./erasureGuards.ts";

const REFUSAL = "the journal is append-only";
const TABLES = ["decision_index", "decision_patient"] as const;

const VERBS = ["UPDATE", "DELETE"] as const;
const closed = (table: string): readonly string[] =>
  VERBS.map(
    (verb) => `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}"
      BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
  );
const sqlite = (erasable: boolean): readonly string[] =>
  TABLES.flatMap((table) => [
    ...VERBS.map((verb) => `DROP TRIGGER "${table}_no_${verb.toLowerCase()}"`),
    `DELETE FROM "${table}"`,
    ...(erasable ? sqliteIndexGuards[table] : closed(table)),
  ]);

const postgres = TABLES.flatMap((table) => [
  `ALTER TABLE "${table}" DISABLE TRIGGER "${table}_no_change"`,
  `TRUNCATE "${table}"`,
  `ALTER TABLE "${table}" ENABLE TRIGGER "${table}_no_change"`,
]);

/**
 * Empties the index of decisions and sends its follower back to the journal's beginning; in one transaction, with what is counted beside.
 * `erasable`: once its guards let erasures through; they are left as they were.
 */
export const emptyIndex = (isPostgres: boolean, erasable = false): readonly string[] => [
  ...(isPostgres ? postgres : sqlite(erasable)),
  `UPDATE "journal_follower" SET "position" = 0, "wanted" = 0 WHERE "name" = 'decision_index'`,
];
