const REFUSAL = "the journal is append-only";

/** The last position that an archive has; 0: there is none. */
export const ARCHIVE_END = `COALESCE((SELECT MAX("until_position") FROM "journal_archive"), 0)`;

const STAYS = `OLD."seq" > ${ARCHIVE_END}`;
/** Of an act of which values were erased, whom it was about may leave the index. */
const IS_ERASED = `EXISTS (SELECT 1 FROM "journal" AS t WHERE t."seq" = OLD."seq" AND t."salt" IS NULL)`;

/** Of a key of a decision, by which its patient or resource is found: whether it may not be deleted. */
export const STAYING_KEY = `${STAYS} AND NOT ${IS_ERASED}`;

/** Which rows of journal and index may not be deleted: those that no archive has. */
const STAYING = {
  journal: STAYS,
  decision_index: STAYS,
  decision_patient: STAYING_KEY,
} as const;
type LeavingTable = keyof typeof STAYING;
export const LEAVING = Object.keys(STAYING) as readonly LeavingTable[];

/** The trigger of SQLite, under the name of the one that let nothing through. */
export const sqliteLeavingGuard = (table: LeavingTable): string =>
  `CREATE TRIGGER "${table}_no_delete" BEFORE DELETE ON "${table}" WHEN ${STAYING[table]}
    BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`;

/** Those of PostgreSQL: a statement does not say which rows are meant, so that each row is asked. */
export const postgresLeavingGuard = (table: LeavingTable): readonly string[] => [
  `CREATE FUNCTION ${table}_leaves_archived() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF ${STAYING[table]} THEN RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN OLD; END $$`,
  // What lets erasures alone through is within this one.
  ...(table === "decision_patient" ? ['DROP TRIGGER "decision_patient_only_erased" ON "decision_patient"'] : []),
  `CREATE TRIGGER "${table}_leaves_archived" BEFORE DELETE ON "${table}"
    FOR EACH ROW EXECUTE FUNCTION ${table}_leaves_archived()`,
];
