import type { DataSource } from "typeorm";
import type { ApiKeyAct, ApiKeyEventFilter, ApiKeyStore } from "../../domain/callers/types.ts";
import { wholeRecord } from "../../domain/record/personal.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { RECORD_COLUMNS } from "../journal/decisionRow.ts";

interface Condition {
  readonly sql: string;
  readonly parameter?: unknown;
}

/** A member of an act, as the indexes of the journal have it: to the letter, else they would not serve. */
const member = ({ name }: Dialect, of: keyof ApiKeyAct): string =>
  name === "postgres" ? `("record"::jsonb->>'${of}')` : `("record"->>'${of}')`;

function conditionsOf(filter: ApiKeyEventFilter, dialect: Dialect): Condition[] {
  const { keyId, event, callerId, from, to } = filter;
  const at = dialect.name === "postgres" ? `${member(dialect, "at")}::BIGINT` : member(dialect, "at");
  const conditions: Condition[] = [];
  if (keyId !== undefined) conditions.push({ sql: `${member(dialect, "keyId")} = ?`, parameter: keyId });
  if (event !== undefined) conditions.push({ sql: `${member(dialect, "event")} = ?`, parameter: event });
  if (callerId !== undefined) {
    conditions.push({ sql: `${member(dialect, "author")} = ?`, parameter: callerId });
    // What has an author is rare, and found by its kind.
    if (event === undefined) conditions.push({ sql: `${member(dialect, "event")} IN ('CREATED', 'REVOKED')` });
  }
  if (from !== undefined) conditions.push({ sql: `${at} >= ?`, parameter: from });
  if (to !== undefined) conditions.push({ sql: `${at} < ?`, parameter: to });
  return conditions;
}

/** Lists the acts of keys from the journal itself, by indexes of its own for them. */
export function createApiKeyEvents(deps: {
  readonly source: DataSource;
  readonly dialect: Dialect;
}): ApiKeyStore["events"] {
  const { source, dialect } = deps;
  return async ({ filter, page }) => {
    if (!Object.values(filter).every((value) => typeof value !== "string" || isStorable(value))) return noPage();
    const conditions: Condition[] = [{ sql: `"kind" = 'API_KEY'` }, ...conditionsOf(filter, dialect)];
    if (page.after !== null) conditions.push({ sql: '"seq" < ?', parameter: page.after });
    const sql = `SELECT "seq", ${RECORD_COLUMNS} FROM journal
      WHERE ${conditions.map((condition) => condition.sql).join(" AND ")} ORDER BY "seq" DESC LIMIT ?`;
    const parameters = conditions.flatMap((condition) => ("parameter" in condition ? [condition.parameter] : []));
    const rows = await source
      .query<RawRow[]>(withParameters(dialect, sql), [...parameters, page.first + 1])
      .catch((error) => Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)));
    const items = rows.slice(0, page.first).map((row) => ({
      node: wholeRecord(String(row.record), String(row.personal), Boolean(row.has_erased)) as ApiKeyAct,
      key: Number(row.seq),
    }));
    return { items, hasNextPage: rows.length > page.first };
  };
}
