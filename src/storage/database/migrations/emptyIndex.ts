const REFUSAL = "the journal is append-only";
const TABLES = ["decision_index", "decision_patient"] as const;

/** What an archive has may leave (1795500000032-journal-archive.ts). */
const STAYS = `WHEN OLD."seq" > COALESCE((SELECT MAX("until_position") FROM "journal_archive"), 0) `;

const sqlite = (archives: boolean): readonly string[] =>
  TABLES.flatMap((table) => {
    const verbs = ["UPDATE", "DELETE"] as const;
    return [
      ...verbs.map((verb) => `DROP TRIGGER "${table}_no_${verb.toLowerCase()}"`),
      `DELETE FROM "${table}"`,
      ...verbs.map(
        (verb) => `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}"
        ${archives && verb === "DELETE" ? STAYS : ""}BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
      ),
    ];
  });

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
