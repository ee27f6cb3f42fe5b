const REFUSAL = "the journal is append-only";
export const BLOCK_TABLES = ["decision_facet", "decision_block"] as const;
const VERBS = ["UPDATE", "DELETE"] as const;

/** A row that was gone would be missing from every search, and nothing would tell. */
export const guardBlocks = (postgres: boolean): readonly string[] =>
  BLOCK_TABLES.flatMap((table) =>
    postgres
      ? [
          `CREATE TRIGGER "${table}_no_change" BEFORE UPDATE OR DELETE OR TRUNCATE ON "${table}"
            FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()`,
        ]
      : VERBS.map(
          (verb) => `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}"
            BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
        ),
  );
const unguardBlocks = (postgres: boolean): readonly string[] =>
  BLOCK_TABLES.flatMap((table) =>
    postgres
      ? [`DROP TRIGGER "${table}_no_change" ON "${table}"`]
      : VERBS.map((verb) => `DROP TRIGGER "${table}_no_${verb.toLowerCase()}"`),
  );

/**
 * Empties the sealed blocks, sends who seals them back to the journal's beginning, and tells searches that are under way; in one
 * transaction with what empties the index.
 */
export const emptyBlocks = (postgres: boolean): readonly string[] => [
  `UPDATE "journal_follower" SET "position" = 0, "wanted" = 0 WHERE "name" = 'decision_blocks'`,
  'UPDATE "decision_generation" SET "generation" = "generation" + 1',
  ...unguardBlocks(postgres),
  ...BLOCK_TABLES.map((table) => (postgres ? `TRUNCATE "${table}"` : `DELETE FROM "${table}"`)),
  ...guardBlocks(postgres),
];
