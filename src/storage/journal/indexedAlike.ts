import { HOUR_MS } from "../../domain/audit/decisionStats.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import type { FollowerBatch } from "./follower.ts";
import { indexColumns } from "./journalTables.ts";

const {
  callerId,
  clientId,
  kind,
  moreScopes,
  organization,
  outcome,
  purposeOfUse,
  reasonCodes,
  resourceType,
  ruleIds,
  scope,
} = indexColumns;
const ALIKE = columnList([
  kind,
  outcome,
  callerId,
  clientId,
  scope,
  moreScopes,
  resourceType,
  purposeOfUse,
  organization,
  reasonCodes,
  ruleIds,
]);

/** The patient of a resource of type Patient is its id. */
const NOBODY = `NOT "erased" AND "patient" IS NULL AND NOT ("resource_type" = 'Patient' AND "resource_id" IS NOT NULL)`;
const count = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
const SAID = `FILTER (WHERE "ip_address" IS NOT NULL)`;
const ADDRESSES: Readonly<Record<Dialect["name"], string>> = {
  sqlite: `json_group_array(DISTINCT "ip_address") ${SAID}`,
  // As text: the driver would parse it.
  postgres: `CAST(jsonb_agg(DISTINCT "ip_address") ${SAID} AS TEXT)`,
};

/**
 * Decisions of a batch that are alike in what they are counted by, as the index has them: the columns, `hour`, and `n` how many
 * they are, `last` when the last was. Of these `unaddressed` say no address, `nobody` are of nobody, and `unnamed` name no patient; `addresses` is a JSON array of
 * all addresses, each once; empty or null where none says one.
 */
export type AlikeRow = RawRow;

/** Read once for all that is derived from the index: a step has few decisions, and each statement costs as much as some of them. */
export function readAlike({
  after,
  dialect,
  select,
  until,
}: Pick<FollowerBatch, "after" | "dialect" | "select" | "until">): Promise<readonly AlikeRow[]> {
  const sql = `SELECT "decided_at" - "decided_at" % ${HOUR_MS} AS "hour", ${ALIKE}, COUNT(*) AS "n", MAX("decided_at") AS "last",
    ${count('NOT "erased" AND "ip_address" IS NULL')} AS "unaddressed", ${count('NOT "erased" AND "patient" IS NULL')} AS "unnamed", ${count(NOBODY)} AS "nobody",
    ${ADDRESSES[dialect.name]} AS "addresses"
    FROM decision_index WHERE "seq" > ? AND "seq" <= ? GROUP BY "hour", ${ALIKE}`;
  return select(withParameters(dialect, sql), [after, until]);
}

export const areAccesses = (row: AlikeRow): boolean => row.kind === "ACCESS";
