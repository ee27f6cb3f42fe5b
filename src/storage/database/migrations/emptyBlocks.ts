import { STAYING_KEY } from "./archiveGuards.ts";
import { sqliteFacetGuard } from "./erasureGuards.ts";

export const REFUSAL = "the journal is append-only";
export const BLOCK_TABLES = ["decision_facet", "decision_block"] as const;
/** Filters of keys: rows may go, as what has none is looked through. */
export const BLOOM_TABLES = ["decision_bloom", "decision_bloom_slice"] as const;
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

/** Of keys those may go whose act was erased, or left for an archive. */
export const guardKeys = (postgres: boolean): readonly string[] =>
  postgres
    ? [
        `CREATE TRIGGER "decision_key_no_change" BEFORE UPDATE OR TRUNCATE ON "decision_key"
          FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()`,
        `CREATE FUNCTION decision_key_leaves() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN IF ${STAYING_KEY} THEN RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN OLD; END $$`,
        `CREATE TRIGGER "decision_key_leaves" BEFORE DELETE ON "decision_key"
          FOR EACH ROW EXECUTE FUNCTION decision_key_leaves()`,
      ]
    : [
        `CREATE TRIGGER "decision_key_no_update" BEFORE UPDATE ON "decision_key" BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
        `CREATE TRIGGER "decision_key_no_delete" BEFORE DELETE ON "decision_key" WHEN ${STAYING_KEY}
          BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`,
      ];
const EMPTIED = [...BLOCK_TABLES, "decision_key"] as const;
const postgresEmpty = EMPTIED.flatMap((table) => [
  `ALTER TABLE "${table}" DISABLE TRIGGER "${table}_no_change"`,
  `TRUNCATE "${table}"`,
  `ALTER TABLE "${table}" ENABLE TRIGGER "${table}_no_change"`,
]);
const sqliteEmpty = [
  ...EMPTIED.flatMap((table) => [
    ...VERBS.map((verb) => `DROP TRIGGER "${table}_no_${verb.toLowerCase()}"`),
    `DELETE FROM "${table}"`,
  ]),
  ...guardBlocks(false),
  ...guardKeys(false),
  'DROP TRIGGER "decision_facet_no_delete"',
  sqliteFacetGuard(true),
];

/**
 * Empties the sealed blocks in a database whose guards let erasures and archives through, sends who seals them back to the journal's beginning, and tells searches that are under way; in one
 * transaction with what empties the index. `hasBlooms` says whether the database has filters already.
 */
export const emptyBlocks = (postgres: boolean, { hasBlooms = true } = {}): readonly string[] => [
  `UPDATE "journal_follower" SET "position" = 0, "wanted" = 0 WHERE "name" = 'decision_blocks'`,
  'UPDATE "decision_generation" SET "generation" = "generation" + 1',
  ...(postgres ? postgresEmpty : sqliteEmpty),
  ...(hasBlooms ? BLOOM_TABLES.map((table) => `${postgres ? "TRUNCATE" : "DELETE FROM"} "${table}"`) : []),
];
