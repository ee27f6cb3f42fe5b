import type { ColumnTypes, Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";
import { REFUSAL, STAYS } from "./journal.ts";

const columns = ({ boolean, integer, rowNumber, text }: ColumnTypes): Readonly<Record<string, string>> => ({
  seq: `${rowNumber} NOT NULL PRIMARY KEY`,
  decided_at: `${integer} NOT NULL`,
  kind: `${text} NOT NULL`,
  client_id: `${text} NOT NULL`,
  subject_id: text,
  subject_type: text,
  patient: text,
  patients: integer,
  resource_type: `${text} NOT NULL`,
  purpose_of_use: text,
  outcome: `${text} NOT NULL`,
  scope: text,
  more_scopes: text,
  reason_codes: `${text} NOT NULL`,
  organization: text,
  rule_ids: text,
  erased: `${boolean} NOT NULL`,
});

/** What an erasure takes out of a row of the index, which says then that it is erased; all else stays. */
export const GONE_WHEN_ERASED: readonly string[] = ["subject_id", "patient", "patients"];

/** A row that was gone would be missing from what patients are told: it goes for an archive, and changes by an erasure. */
const guards = (types: ColumnTypes): readonly Guard[] => {
  const kept = Object.keys(columns(types)).filter((name) => name !== "erased" && !GONE_WHEN_ERASED.includes(name));
  const guarded = { table: "decision_index", refusal: REFUSAL };
  const isErasing = `NOT (${changesAny(types.postgres, kept)}) AND NEW."erased" AND ${GONE_WHEN_ERASED.map((name) => `NEW."${name}" IS NULL`).join(" AND ")}
    AND EXISTS (SELECT 1 FROM "journal" AS t WHERE t."seq" = OLD."seq" AND t."salt" IS NULL)`;
  return [
    {
      ...{ ...guarded, name: "decision_index_no_update", on: "UPDATE" },
      when: `NOT COALESCE((${isErasing}), FALSE)`,
    },
    { ...guarded, name: "decision_index_no_delete", on: "DELETE", when: STAYS },
    { ...guarded, name: "decision_index_no_truncate", on: "TRUNCATE" },
  ];
};

/** A narrow row of each decision, of which is counted: found by its position alone. */
export const decisionIndex: Room = (types) => [
  `CREATE TABLE "decision_index" (${Object.entries(columns(types))
    .map(([name, type]) => `"${name}" ${type}`)
    .join(", ")})`,
  ...guardStatements(guards(types), types.postgres),
];

export const monthTable = (id: number): string => `search_${id}`;

/** The tokens of a month: each a position, and what it is found by. */
export const createMonth = ({ postgres }: Pick<ColumnTypes, "postgres">, id: number): readonly string[] => {
  const table = monthTable(id);
  return postgres
    ? [
        `CREATE TABLE ${table} ("position" BIGINT NOT NULL PRIMARY KEY, "tokens" BIGINT[] NOT NULL)`,
        `CREATE INDEX ${table}_token ON ${table} USING gin ("tokens")`,
      ]
    : [
        `CREATE VIRTUAL TABLE ${table} USING fts5(tokens, content='', columnsize=0, detail=none, tokenize='ascii')`,
        `CREATE VIRTUAL TABLE ${table}_token USING fts5vocab(${table}, 'instance')`,
        // A merge of its own choice would keep decisions waiting for a quarter of a second.
        `INSERT INTO ${table} (${table}, rank) VALUES ('automerge', 0), ('crisismerge', 400), ('secure-delete', 1)`,
      ];
};

/** The name of the secret from which tokens are made. */
export const SEARCH_SECRET = "search";

/**
 * The index of decisions, which follows the journal; the months by which it is searched (journal/search/searchMonths.ts), each with a table of its own, the
 * first without a name; and when the decisions of each thousand positions were made.
 */
export const search: Room = (types) => {
  const { integer, numbered, postgres, text } = types;
  const secret = postgres
    ? "replace(gen_random_uuid()::TEXT || gen_random_uuid()::TEXT, '-', '')"
    : "lower(hex(randomblob(32)))";
  return [
    ...decisionIndex(types),
    // A number that was given is never given again: by that a search knows that the index was made anew. A month with a `damage` is made again
    // from the journal, as far as `made_to`; null: it is as it was found (follow/remakeMonths.ts).
    `CREATE TABLE "search_month" ("id" ${numbered}${postgres ? "" : " AUTOINCREMENT"}, "month" ${integer} NOT NULL, "first_position" ${integer} NOT NULL,
      "erased_to" ${integer} NOT NULL DEFAULT 0, "rebuilt_to" ${integer} NOT NULL DEFAULT 0,
      "damage" ${text}, "damages" ${integer} NOT NULL DEFAULT 0, "made_to" ${integer}, "found_digest" ${text}, "made_digest" ${text})`,
    'INSERT INTO "search_month" ("month", "first_position") VALUES (0, 0)',
    ...createMonth(types, 1),
    `CREATE TABLE "search_mark" ("mark" ${integer} NOT NULL PRIMARY KEY, "first_at" ${integer} NOT NULL, "last_at" ${integer} NOT NULL)`,
    // Of all instances: what one has put in, every other finds.
    `INSERT INTO "service_secret" ("name", "value") VALUES ('${SEARCH_SECRET}', ${secret})`,
  ];
};
