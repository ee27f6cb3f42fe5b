import type { ColumnTypes, Room } from "./columnTypes.ts";
import { changesAny, type Guard, guardStatements } from "./guards.ts";

export const REFUSAL = "the journal is append-only";

/** The last position that an archive has; 0: there is none. */
export const ARCHIVE_END = `COALESCE((SELECT MAX("until_position") FROM "journal_archive"), 0)`;
/** Of a row that is taken away: whether no archive has its act. */
export const STAYS = `OLD."seq" > ${ARCHIVE_END}`;

/** What of an act stays what it is when its personal values are erased. */
const KEPT = ["seq", "kind", "format", "id", "record", "request_turn"];

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

/** Acts change only by erasure, and leave only for an archive. */
const guards = (postgres: boolean): readonly Guard[] => {
  const isErasing = `NOT (${changesAny(postgres, KEPT)}) AND OLD."salt" IS NOT NULL AND NEW."salt" IS NULL
    AND NEW."caller_id" IS NULL AND NEW."request_id" IS NULL AND ${ERASED[postgres ? "postgres" : "sqlite"]}`;
  return [
    {
      ...{ name: "journal_no_update", table: "journal", on: "UPDATE", refusal: REFUSAL },
      when: `NOT COALESCE((${isErasing}), FALSE)`,
    },
    { name: "journal_no_delete", table: "journal", on: "DELETE", when: STAYS, refusal: REFUSAL },
    { name: "journal_no_truncate", table: "journal", on: "TRUNCATE", refusal: REFUSAL },
  ];
};

/** What serves lists of what happened to keys (callers/apiKeyEvents.ts): all, those of one key, those of one kind; of questions about changes; and verifying, which asks for erasures alone, and for rebuilds of the index. */
const ofKinds = ({ member }: ColumnTypes): readonly string[] => [
  `CREATE INDEX "journal_api_key" ON "journal" ("seq") WHERE "kind" = 'API_KEY'`,
  `CREATE INDEX "journal_api_key_of" ON "journal" (${member('"record"', "keyId")}, "seq") WHERE "kind" = 'API_KEY'`,
  `CREATE INDEX "journal_api_key_event" ON "journal" (${member('"record"', "event")}, "seq") WHERE "kind" = 'API_KEY'`,
  `CREATE INDEX "journal_accounting_given" ON "journal" ("seq") WHERE "kind" = 'ACCOUNTING_GIVEN'`,
  `CREATE INDEX "journal_simulation" ON "journal" ("seq") WHERE "kind" = 'SIMULATION'`,
  `CREATE INDEX "journal_erasure" ON "journal" ("seq") WHERE "kind" = 'ERASURE'`,
  `CREATE INDEX "journal_index_rebuild" ON "journal" ("seq") WHERE "kind" = 'INDEX_REBUILD'`,
];

/**
 * The journal of acts of every kind, which can only grow; how far each consumer has come, and which instance works for it until when
 * (follow/followLoop.ts), with the acts that it could not take; and the row by which the writer proves that it can write.
 */
export const journal: Room = (types) => {
  const { integer, postgres, rowNumber, text } = types;
  return [
    ...(postgres ? ['CREATE SEQUENCE "journal_seq" AS BIGINT'] : []),
    // `request_turn`: a request id may be answered anew after a while; which of its answers an act is, from 0.
    `CREATE TABLE "journal" ("seq" ${rowNumber} NOT NULL PRIMARY KEY${postgres ? ` DEFAULT nextval('journal_seq')` : ""},
      "kind" ${text} NOT NULL, "format" ${integer} NOT NULL, "id" ${text} NOT NULL,
      "caller_id" ${text}, "request_id" ${text}, "request_turn" ${integer} NOT NULL DEFAULT 0,
      "salt" ${text}, "record" ${text} NOT NULL, "personal" ${text} NOT NULL,
      CHECK (("caller_id" IS NULL) = ("request_id" IS NULL)))`,
    'CREATE UNIQUE INDEX "journal_id" ON "journal" ("id")',
    `CREATE UNIQUE INDEX "journal_request" ON "journal" ("caller_id", "request_id", "request_turn") WHERE "request_id" IS NOT NULL`,
    ...ofKinds(types),
    ...guardStatements(guards(postgres), postgres),
    `CREATE TABLE "journal_follower" ("name" ${text} NOT NULL PRIMARY KEY, "position" ${integer} NOT NULL DEFAULT 0,
      "holder" ${text}, "lease_until" ${integer} NOT NULL DEFAULT 0)`,
    `CREATE TABLE "act_set_aside" ("consumer" ${text} NOT NULL, "position" ${integer} NOT NULL, "error" ${text} NOT NULL,
      "at" ${integer} NOT NULL, PRIMARY KEY ("consumer", "position"))`,
    `CREATE TABLE "journal_probe" ("id" ${integer} NOT NULL PRIMARY KEY, "at" ${integer} NOT NULL, "payload" ${text} NOT NULL)`,
  ];
};
