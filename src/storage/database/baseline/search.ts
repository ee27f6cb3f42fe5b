import type { Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";
import { REFUSAL, STAYS } from "./journal.ts";

/** What of a row of the index stays when its act is erased. */
const KEPT = [
  ...["seq", "decided_at", "kind", "caller_id", "client_id", "subject_type", "action", "resource_type"],
  ...["purpose_of_use", "outcome", "scope", "more_scopes", "reason_codes", "organization", "rule_ids"],
];
/** And what becomes null. */
const GONE = ["subject_id", "patient", "resource_id", "ip_address"];

/** Of a row that is changed or taken away: whether its act is erased. */
const IS_ERASED = `EXISTS (SELECT 1 FROM "journal" AS t WHERE t."seq" = OLD."seq" AND t."salt" IS NULL)`;
/** Of a key by which a patient's or a resource's decisions are found. */
const KEY_STAYS = `${STAYS} AND NOT ${IS_ERASED}`;

/**
 * Of a set of what is searched: whether it is one of people's values, and the newest act is an erasure. Whose set it is is not asked, as a set
 * does not say which positions it has but to who knows the size of blocks; what it should have, the index says. Or a month is leaving, and its
 * decisions all of their sets.
 */
const SET_GOES = `(OLD."facet" IN ('subjectId', 'ipAddress')
  AND (SELECT t."kind" FROM "journal" AS t ORDER BY t."seq" DESC LIMIT 1) = 'ERASURE')
  OR EXISTS (SELECT 1 FROM "journal_archive" AS a WHERE a."removed_to" < a."until_position")`;

/** What throws away all that stands in a table, in the one transaction in which its follower is sent back. */
const TABLES = ["decision_index", "decision_patient", "decision_block", "decision_facet", "decision_key"] as const;
/** Filters of keys: rows may go, as what has none is looked through. */
const FILTERS = ["decision_bloom", "decision_bloom_slice"] as const;

/** A row that was gone would be missing from every search, and nothing would tell: they go by erasure, or for an archive. */
const guards = (postgres: boolean): readonly Guard[] => {
  const guard = (table: string, on: Guard["on"], when?: string): Guard => ({
    ...{ name: `${table}_no_${on.toLowerCase()}`, table, on, refusal: REFUSAL },
    ...(when === undefined ? {} : { when }),
  });
  const isErasing = `NOT (${changesAny(postgres, KEPT)}) AND NEW."erased"
    AND ${GONE.map((name) => `NEW."${name}" IS NULL`).join(" AND ")} AND ${IS_ERASED}`;
  return [
    guard("decision_index", "UPDATE", `NOT COALESCE((${isErasing}), FALSE)`),
    guard("decision_index", "DELETE", STAYS),
    guard("decision_patient", "UPDATE"),
    guard("decision_patient", "DELETE", KEY_STAYS),
    guard("decision_block", "UPDATE"),
    guard("decision_block", "DELETE"),
    guard("decision_facet", "UPDATE"),
    guard("decision_facet", "DELETE", `NOT COALESCE((${SET_GOES}), FALSE)`),
    guard("decision_key", "UPDATE"),
    guard("decision_key", "DELETE", KEY_STAYS),
    ...TABLES.map((table) => guard(table, "TRUNCATE")),
    ...FILTERS.map((table) => guard(table, "UPDATE")),
  ];
};

const emptied = (postgres: boolean, tables: readonly (typeof TABLES)[number][]): readonly string[] =>
  tables.flatMap((table) => {
    if (postgres)
      return [
        `ALTER TABLE "${table}" DISABLE TRIGGER "${table}_no_truncate"`,
        `TRUNCATE "${table}"`,
        `ALTER TABLE "${table}" ENABLE TRIGGER "${table}_no_truncate"`,
      ];
    const own = guards(false).filter((guard) => guard.table === table && guard.on !== "TRUNCATE");
    return [
      ...own.map(({ name }) => `DROP TRIGGER "${name}"`),
      `DELETE FROM "${table}"`,
      ...guardStatements(own, false),
    ];
  });

/** Empties the index of decisions; in one transaction with what sends its follower back. */
export const emptyTables = (postgres: boolean): readonly string[] =>
  emptied(postgres, ["decision_index", "decision_patient"]);

/** Empties the sealed blocks, sends who seals them back to the journal's beginning, and tells searches that are under way; in one transaction with what empties the index. */
export const emptyBlocks = (postgres: boolean): readonly string[] => [
  `UPDATE "journal_follower" SET "position" = 0 WHERE "name" = 'decision_blocks'`,
  'UPDATE "decision_generation" SET "generation" = "generation" + 1',
  ...emptied(postgres, ["decision_block", "decision_facet", "decision_key"]),
  ...FILTERS.map((table) => `${postgres ? "TRUNCATE" : "DELETE FROM"} "${table}"`),
];

/** What is read by its index alone, once a vacuum has seen it: by default a fifth of a table comes before one does. */
const VACUUMED = `WITH (autovacuum_vacuum_insert_scale_factor = 0.02)`;

/**
 * The index of decisions, which follows the journal and is what searches read (decisionIndex.ts), with the patients of a decision beside the one that stands in its
 * row, and each address once, with a key by whose order networks are ranges. Sealed blocks of it (decisionBlocks.ts): of each value of each facet the positions in a
 * block, whose decision it is and of what (decisionKeys.ts), and in which blocks such a key may be found (keyBlooms.ts).
 */
export const search: Room = ({ boolean, bytes, inOrderOfKey, integer, postgres, rowNumber, text }) => [
  `CREATE TABLE "decision_index" ("seq" ${rowNumber} NOT NULL PRIMARY KEY, "decided_at" ${integer} NOT NULL, "kind" ${text} NOT NULL,
    "caller_id" ${text} NOT NULL, "client_id" ${text} NOT NULL, "subject_id" ${text}, "subject_type" ${text}, "patient" ${text},
    "action" ${text} NOT NULL, "resource_type" ${text} NOT NULL, "resource_id" ${text}, "purpose_of_use" ${text},
    "outcome" ${text} NOT NULL, "scope" ${text}, "more_scopes" ${text}, "reason_codes" ${text} NOT NULL,
    "organization" ${text}, "ip_address" ${text}, "rule_ids" ${text}, "erased" ${boolean} NOT NULL DEFAULT FALSE)`,
  // Questions about use (decisionUse.ts): by client and time, allowed accesses alone, as a grant's list of scopes can be too long for an index; and answers that rest on several scopes.
  `CREATE INDEX "decision_index_use_client" ON "decision_index" ("client_id", "decided_at", "scope")
    WHERE "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`,
  `CREATE INDEX "decision_index_use_more" ON "decision_index" ("client_id", "decided_at") WHERE "more_scopes" IS NOT NULL`,
  // Who saw a patient's data (patientAccesses.ts): the allowed accesses that name nobody, and those of which that was erased.
  `CREATE INDEX "decision_index_nobody" ON "decision_index" ("decided_at", "resource_type", "seq")
    WHERE "patient" IS NULL AND "kind" = 'ACCESS' AND "outcome" = 'ALLOW' AND NOT "erased"`,
  `CREATE INDEX "decision_index_erased" ON "decision_index" ("decided_at") WHERE "erased" AND "kind" = 'ACCESS'`,
  `CREATE TABLE "decision_patient" ("of_patient" ${text} NOT NULL, "seq" ${integer} NOT NULL, PRIMARY KEY ("of_patient", "seq"))`,
  // An access that names nobody is told from one that is confined.
  'CREATE INDEX "decision_patient_seq" ON "decision_patient" ("seq")',
  `CREATE TABLE "decision_address" ("ip_address" ${text} NOT NULL PRIMARY KEY, "address_key" ${text} NOT NULL)`,
  'CREATE INDEX "decision_address_key" ON "decision_address" ("address_key", "ip_address")',
  // How often the index was made anew, by which a search knows that it was meanwhile.
  `CREATE TABLE "decision_generation" ("generation" ${integer} NOT NULL)`,
  'INSERT INTO "decision_generation" VALUES (0)',
  `CREATE TABLE "decision_block" ("block" ${rowNumber} NOT NULL PRIMARY KEY, "first_at" ${integer} NOT NULL, "last_at" ${integer} NOT NULL)`,
  // PostgreSQL finds the sets of a value in the index itself, beside each other; SQLite keeps the table in that order.
  `CREATE TABLE "decision_facet" ("facet" ${text} NOT NULL, "value" ${text} NOT NULL, "block" ${integer} NOT NULL,
    "positions" ${bytes} NOT NULL, PRIMARY KEY ("facet", "value", "block")${postgres ? ' INCLUDE ("positions")' : ""})${postgres ? VACUUMED : inOrderOfKey}`,
  `CREATE TABLE "decision_key" ("block" ${integer} NOT NULL, "name" ${text} NOT NULL, "value" ${text} NOT NULL,
    "seq" ${integer} NOT NULL, PRIMARY KEY ("block", "name", "value", "seq"))${postgres ? VACUUMED : inOrderOfKey}`,
  // A part of it is read by itself.
  `CREATE TABLE "decision_bloom" ("block" ${integer} NOT NULL PRIMARY KEY, "bits" ${bytes}${postgres ? " STORAGE EXTERNAL" : ""} NOT NULL)`,
  `CREATE TABLE "decision_bloom_slice" ("batch" ${integer} NOT NULL, "slice" ${integer} NOT NULL, "masks" ${bytes} NOT NULL,
    PRIMARY KEY ("batch", "slice"))${inOrderOfKey}`,
  ...guardStatements(guards(postgres), postgres),
];
