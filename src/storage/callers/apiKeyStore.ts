import type { DataSource } from "typeorm";
import { keyIdOf } from "../../domain/callers/callerName.ts";
import { isInForce } from "../../domain/callers/keyRoles.ts";
import type { ApiKeyAct, ApiKeyEventFilter, ApiKeyStore, StoredApiKey } from "../../domain/callers/types.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Clock } from "../../domain/kernel/ports.ts";
import { wholeRecord } from "../../domain/record/personal.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, rowsOf, select } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";
import { RECORD_COLUMNS } from "../journal/decisionRow.ts";
import { keyAct, readKey, shownColumns, shownKey, storedKey } from "./apiKeyRows.ts";
import { apiKeyColumns, apiKeyEntity } from "./apiKeyTable.ts";
import { createKeyUses } from "./keyUses.ts";
import type { RequireCaller } from "./requireCaller.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("AUTHENTICATION_UNAVAILABLE", "API keys can't be read or written.", error));

const lastAdmin = (): ScopewardenError =>
  new ScopewardenError(
    "CONFLICT",
    "This is the last key in force that holds admin. Make another first (createApiKey with the role ADMIN) and revoke this one with that; on the machine, `scopewarden key recover` makes one.",
  );

export interface ApiKeyStoreDeps {
  readonly source: DataSource;
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: RequireCaller;
  readonly closeProposal: CloseProposal;
}

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
function createApiKeyEvents(deps: { readonly source: DataSource; readonly dialect: Dialect }): ApiKeyStore["events"] {
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

/** API keys. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createApiKeyStore(deps: ApiKeyStoreDeps): ApiKeyStore {
  const { source, writer, dialect, clock, putOnRecord, requireCaller, closeProposal } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  // Keys are made and revoked one after the other, on all instances: what is counted stays as it was until the commit.
  const takeTurn = dialect.name === "postgres" ? "LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE" : null;
  const INSERT = sql(
    `INSERT INTO api_key (${columnList(apiKeyColumns)}) VALUES (${apiKeyColumns.map(() => "?").join(", ")})`,
  );
  const REVOKE = sql(
    'UPDATE api_key SET "revoked_at" = ?, "revoked_by" = ?, "revocation_reason" = ? WHERE "id" = ? AND "revoked_at" IS NULL',
  );

  /** One transaction that no other write of keys runs beside. */
  const alone = <T>(work: (run: RunSql, retry: boolean) => Promise<T>): Promise<T> =>
    writer
      .write(({ run, retry }) =>
        inTransaction({ run, dialect, conflict: "There is an API key of this id already." }, async () => {
          if (takeTurn !== null) await run(takeTurn);
          return work(run, retry);
        }),
      )
      .catch(fail);

  function valuesOf(key: StoredApiKey): readonly unknown[] {
    const members = key as unknown as Readonly<Record<string, unknown>>;
    return apiKeyColumns.map((c) => toDatabase(members[c.property], c));
  }

  const isThere = async (run: RunSql, key: StoredApiKey): Promise<boolean> =>
    (await readKey({ run, dialect }, key.id))?.secretHash === key.secretHash;

  async function insert(run: RunSql, key: StoredApiKey, values: readonly unknown[]): Promise<void> {
    await run(INSERT, values);
    const { createdAt: at, createdBy: author, reason } = key;
    await putOnRecord(run, keyAct(key, { event: "CREATED", at, author, reason }));
  }

  async function isLastAdmin(run: RunSql, id: string): Promise<boolean> {
    const others = sql(`SELECT ${columnList(shownColumns)} FROM api_key WHERE "id" <> ? AND "revoked_at" IS NULL`);
    const { rows } = await run(others, [id]);
    const now = clock();
    return !rows.map(shownKey).some((key) => key.roles.includes("admin") && isInForce(key, now));
  }

  return {
    async find(id) {
      if (!isStorable(id)) return null;
      const query = select(source, apiKeyEntity, apiKeyColumns).where("r.id = :id", { id });
      const [row] = await answerWithin(LOOKUP_MS, () => rowsOf(query)).catch(fail);
      return row === undefined ? null : storedKey(row);
    },

    async findAll(ids) {
      const storable = ids.filter(isStorable);
      if (storable.length === 0) return [];
      const query = select(source, apiKeyEntity, shownColumns).where("r.id IN (:...ids)", { ids: storable });
      return (await rowsOf(query).catch(fail)).map(shownKey);
    },

    async list() {
      const query = select(source, apiKeyEntity, shownColumns)
        .orderBy("r.createdAt", "DESC")
        .addOrderBy("r.id", "DESC");
      return (await rowsOf(query).catch(fail)).map(shownKey);
    },

    async add(key, carriedOut) {
      const values = valuesOf(key);
      await alone(async (run, retry) => {
        if (retry && (await isThere(run, key))) return;
        await requireCaller(run, key.createdBy);
        await insert(run, key, values);
        if (carriedOut !== undefined) await closeProposal(run, carriedOut, null);
      });
    },

    async addFirst(key) {
      const values = valuesOf(key);
      return alone(async (run, retry) => {
        if (retry && (await isThere(run, key))) return true;
        const { rows } = await run("SELECT 1 FROM api_key LIMIT 1");
        if (rows.length > 0) return false;
        await insert(run, key, values);
        return true;
      });
    },

    async revoke(id, { at, author, reason }) {
      if (!isStorable(id)) return null;
      for (const [property, value] of Object.entries({ author, reason }))
        toDatabase(value, { property, name: property, type: "text" });
      return alone(async (run) => {
        const key = await readKey({ run, dialect }, id);
        if (key === null) return null;
        const { secretHash: _, ...shown } = key;
        if (key.revokedAt !== null) return shown;
        await requireCaller(run, author);
        if (keyIdOf(author) === id && key.roles.includes("admin") && (await isLastAdmin(run, id))) throw lastAdmin();
        await run(REVOKE, [at, author, reason, id]);
        await putOnRecord(run, keyAct(key, { event: "REVOKED", at, author, reason }));
        await dialect.notify(run, "api_key", id);
        return { ...shown, revokedAt: at, revokedBy: author, revocationReason: reason };
      });
    },

    ...createKeyUses({ writer, dialect, putOnRecord }),
    events: createApiKeyEvents({ source: deps.lists, dialect }),
  };
}
