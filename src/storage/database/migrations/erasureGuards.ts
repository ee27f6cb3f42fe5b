import { changesAny } from "./guards.ts";

const REFUSAL = "the journal is append-only";

/** What of an act stays what it is when its personal values are erased. */
const KEPT = ["seq", "kind", "format", "id", "record", "request_turn"];
/** What of a row of the index does; the others are set to null. */
const KEPT_IN_INDEX = [
  "seq",
  "decided_at",
  "kind",
  "caller_id",
  "client_id",
  "subject_type",
  "action",
  "resource_type",
  "purpose_of_use",
  "outcome",
  "scope",
  "more_scopes",
  "reason_codes",
  "organization",
  "rule_ids",
];
const GONE_IN_INDEX = ["subject_id", "patient", "resource_id", "ip_address"];

/**
 * The newest act is a tombstone for this row: whoever erases has put that on record in the same transaction, and nothing comes between
 * as other acts wait. And each value became a commitment, under the same path.
 */
const ERASED = {
  sqlite: `EXISTS (SELECT 1 FROM "journal" AS t, json_each(t."record", '$.positions') AS p
      WHERE t."seq" = (SELECT MAX("seq") FROM "journal") AND t."kind" = 'ERASURE'
        AND OLD."seq" BETWEEN p."value"->>0 AND p."value"->>1)
    AND (SELECT json_group_array(k."key") FROM (SELECT "key" FROM json_each(OLD."personal") ORDER BY "key") AS k)
      = (SELECT json_group_array(k."key") FROM (SELECT "key" FROM json_each(NEW."personal") ORDER BY "key") AS k)
    AND NOT EXISTS (SELECT 1 FROM json_each(NEW."personal") AS f
      WHERE f."type" <> 'object' OR length(COALESCE(f."value"->>'commitment', '')) <> 44
        OR json_object('commitment', f."value"->>'commitment') <> f."value")`,
  postgres: `EXISTS (SELECT 1 FROM "journal" AS t, jsonb_array_elements(t."record"::jsonb->'positions') AS p("value")
      WHERE t."seq" = (SELECT MAX("seq") FROM "journal") AND t."kind" = 'ERASURE'
        AND OLD."seq" BETWEEN (p."value"->>0)::BIGINT AND (p."value"->>1)::BIGINT)
    AND (SELECT jsonb_object_agg(k, TRUE) FROM jsonb_object_keys(OLD."personal"::jsonb) AS k)
      = (SELECT jsonb_object_agg(k, TRUE) FROM jsonb_object_keys(NEW."personal"::jsonb) AS k)
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(NEW."personal"::jsonb) AS f
      WHERE jsonb_typeof(f."value") <> 'object' OR length(COALESCE(f."value"->>'commitment', '')) <> 44
        OR jsonb_build_object('commitment', f."value"->>'commitment') <> f."value")`,
} as const;

const isErasing = (engine: keyof typeof ERASED): string =>
  `NOT (${changesAny(engine === "postgres", KEPT)}) AND OLD."salt" IS NOT NULL AND NEW."salt" IS NULL AND NEW."caller_id" IS NULL AND NEW."request_id" IS NULL
    AND ${ERASED[engine]}`;
/** Of a row of the index that is taken away: whether its act is erased. */
const isErased = `EXISTS (SELECT 1 FROM "journal" AS t WHERE t."seq" = OLD."seq" AND t."salt" IS NULL)`;
const isErasingInIndex = (postgres: boolean): string =>
  `NOT (${changesAny(postgres, KEPT_IN_INDEX)}) AND NEW."erased"
    AND ${GONE_IN_INDEX.map((name) => `NEW."${name}" IS NULL`).join(" AND ")} AND ${isErased}`;

/**
 * Of a set of what is searched: whether it is one of people's values, and the newest act is an erasure. Whose set it is is not asked, as a set
 * does not say which positions it has but to who knows the size of blocks; what it should have, the index says.
 */
const isErasingSet = `OLD."facet" IN ('subjectId', 'ipAddress')
  AND (SELECT t."kind" FROM "journal" AS t ORDER BY t."seq" DESC LIMIT 1) = 'ERASURE'`;

const sqliteGuard = (table: string, verb: "UPDATE" | "DELETE", allowed: string): string =>
  `CREATE TRIGGER "${table}_no_${verb.toLowerCase()}" BEFORE ${verb} ON "${table}" WHEN NOT COALESCE((${allowed}), FALSE)
    BEGIN SELECT RAISE(ABORT, '${REFUSAL}'); END`;

/** The guards of the index of decisions on SQLite, by table and verb: under the names of those that let nothing through. */
export const sqliteIndexGuards: {
  readonly [Table in "decision_index" | "decision_patient"]: { readonly UPDATE: string; readonly DELETE: string };
} = {
  decision_index: {
    UPDATE: sqliteGuard("decision_index", "UPDATE", isErasingInIndex(false)),
    DELETE: sqliteGuard("decision_index", "DELETE", "FALSE"),
  },
  decision_patient: {
    UPDATE: sqliteGuard("decision_patient", "UPDATE", "FALSE"),
    DELETE: sqliteGuard("decision_patient", "DELETE", isErased),
  },
};

/** Or a month is leaving, and its decisions all of their sets. */
const isLeavingSet = `(${isErasingSet}) OR EXISTS (SELECT 1 FROM "journal_archive" AS a WHERE a."removed_to" < a."until_position")`;

const facetCondition = (archives: boolean): string => (archives ? isLeavingSet : isErasingSet);
/** Under the name of the one that lets nothing through; `archives`: where there can be some. */
export const sqliteFacetGuard = (archives: boolean): string =>
  sqliteGuard("decision_facet", "DELETE", facetCondition(archives));

const postgresFunction = (table: string, verb: "UPDATE" | "DELETE", allowed: string): string =>
  `CREATE OR REPLACE FUNCTION ${table}_only_erased() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NOT COALESCE(${allowed}, FALSE) THEN RAISE EXCEPTION '${REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END IF;
      RETURN ${verb === "DELETE" ? "OLD" : "NEW"}; END $$`;
export const postgresTrigger = (table: string, verb: "UPDATE" | "DELETE"): string =>
  `CREATE TRIGGER "${table}_only_erased" BEFORE ${verb} ON "${table}" FOR EACH ROW EXECUTE FUNCTION ${table}_only_erased()`;
const postgresGuard = (table: string, verb: "UPDATE" | "DELETE", allowed: string): readonly string[] => [
  postgresFunction(table, verb, allowed),
  postgresTrigger(table, verb),
];
/** In the place of the one that there is. */
export const postgresFacetGuard = (archives: boolean): string =>
  postgresFunction("decision_facet", "DELETE", facetCondition(archives));
/** Of what is let through on no row. */
const postgresRefusal = (table: string, verbs: string): readonly string[] => [
  `DROP TRIGGER "${table}_no_change" ON "${table}"`,
  `CREATE TRIGGER "${table}_no_change" BEFORE ${verbs} ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()`,
];

const sqliteTables = ["decision_index", "decision_patient"] as const;

/** Lets through what an erasure does with journal and index, and nothing else; in the place of guards that let nothing through. */
export const erasureGuards = (postgres: boolean): readonly string[] =>
  postgres
    ? [
        ...postgresRefusal("journal", "DELETE OR TRUNCATE"),
        ...postgresGuard("journal", "UPDATE", isErasing("postgres")),
        ...postgresRefusal("decision_index", "DELETE OR TRUNCATE"),
        ...postgresGuard("decision_index", "UPDATE", isErasingInIndex(true)),
        ...postgresRefusal("decision_patient", "UPDATE OR TRUNCATE"),
        ...postgresGuard("decision_patient", "DELETE", isErased),
        ...postgresRefusal("decision_facet", "UPDATE OR TRUNCATE"),
        ...postgresGuard("decision_facet", "DELETE", isErasingSet),
      ]
    : [
        'DROP TRIGGER "journal_no_update"',
        sqliteGuard("journal", "UPDATE", isErasing("sqlite")),
        ...sqliteTables.flatMap((table) => [
          ...["update", "delete"].map((verb) => `DROP TRIGGER "${table}_no_${verb}"`),
          ...Object.values(sqliteIndexGuards[table]),
        ]),
        'DROP TRIGGER "decision_facet_no_delete"',
        sqliteFacetGuard(false),
      ];

/** Puts guards that let nothing through in their place again. */
export const closedGuards = (postgres: boolean): readonly string[] =>
  postgres
    ? (["journal", "decision_index", "decision_patient", "decision_facet"] as const).flatMap((table) => [
        `DROP TRIGGER "${table}_only_erased" ON "${table}"`,
        `DROP FUNCTION ${table}_only_erased()`,
        ...postgresRefusal(table, "UPDATE OR DELETE OR TRUNCATE"),
      ])
    : [
        'DROP TRIGGER "journal_no_update"',
        sqliteGuard("journal", "UPDATE", "FALSE"),
        ...sqliteTables.flatMap((table) =>
          (["UPDATE", "DELETE"] as const).flatMap((verb) => [
            `DROP TRIGGER "${table}_no_${verb.toLowerCase()}"`,
            sqliteGuard(table, verb, "FALSE"),
          ]),
        ),
        'DROP TRIGGER "decision_facet_no_delete"',
        sqliteGuard("decision_facet", "DELETE", "FALSE"),
      ];
