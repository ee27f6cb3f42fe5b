import type { DataSource } from "typeorm";
import type { ApiKey, ApiKeyAct, ApiKeyStore, StoredApiKey } from "../../domain/callers/types.ts";
import { apiKeyAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { rowsOf, select } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { apiKeyColumns, apiKeyEntity } from "./apiKeyTable.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("AUTHENTICATION_UNAVAILABLE", "API keys can't be read or written.", error));

const shownColumns = apiKeyColumns.filter((c) => c.property !== "secretHash");
const storedKey = (row: RawRow): StoredApiKey => fromRow(apiKeyColumns, row) as unknown as StoredApiKey;
const shownKey = (row: RawRow): ApiKey => fromRow(shownColumns, row) as unknown as ApiKey;

/** What happened to a key, as it stands on record. */
const actOf = (
  { id: keyId, name, roles, defaultClientId, expiresAt }: StoredApiKey,
  happened: Pick<ApiKeyAct, "event" | "at" | "author" | "reason">,
) => apiKeyAct({ keyId, name, roles, defaultClientId, expiresAt, ...happened });

/** API keys. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createApiKeyStore(deps: {
  readonly source: DataSource;
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
}): ApiKeyStore {
  const { source, writer, dialect, putOnRecord } = deps;
  const sql = (text: string): string => withParameters(dialect, text);

  async function read(run: RunSql, id: string): Promise<StoredApiKey | null> {
    const { rows } = await run(sql(`SELECT ${columnList(apiKeyColumns)} FROM api_key WHERE "id" = ?`), [id]);
    return rows[0] === undefined ? null : storedKey(rows[0]);
  }

  return {
    async find(id) {
      if (!isStorable(id)) return null;
      const query = select(source, apiKeyEntity, apiKeyColumns).where("r.id = :id", { id });
      const [row] = await answerWithin(LOOKUP_MS, () => rowsOf(query)).catch(fail);
      return row === undefined ? null : storedKey(row);
    },

    async list() {
      const query = select(source, apiKeyEntity, shownColumns)
        .orderBy("r.createdAt", "DESC")
        .addOrderBy("r.id", "DESC");
      return (await rowsOf(query).catch(fail)).map(shownKey);
    },

    async add(key) {
      const values = apiKeyColumns.map((c) =>
        toDatabase((key as unknown as Readonly<Record<string, unknown>>)[c.property], c),
      );
      const insert = sql(
        `INSERT INTO api_key (${columnList(apiKeyColumns)}) VALUES (${values.map(() => "?").join(", ")})`,
      );
      await writer
        .write(({ run, retry }) =>
          inTransaction({ run, dialect, conflict: "There is an API key of this id already." }, async () => {
            if (retry && (await read(run, key.id))?.secretHash === key.secretHash) return;
            await run(insert, values);
            const { createdAt: at, createdBy: author, reason } = key;
            await putOnRecord(run, actOf(key, { event: "CREATED", at, author, reason }));
          }),
        )
        .catch(fail);
    },

    async revoke(id, { at, author, reason }) {
      if (!isStorable(id)) return null;
      for (const [property, value] of Object.entries({ author, reason }))
        toDatabase(value, { property, name: property, type: "text" });
      const update = sql(
        'UPDATE api_key SET "revoked_at" = ?, "revoked_by" = ?, "revocation_reason" = ? WHERE "id" = ? AND "revoked_at" IS NULL',
      );
      const key = await writer
        .write(({ run }) =>
          inTransaction({ run, dialect, conflict: "This API key has been revoked already." }, async () => {
            const { affected } = await run(update, [at, author, reason, id]);
            const revoked = await read(run, id);
            if (affected === 0 || revoked === null) return revoked;
            await putOnRecord(run, actOf(revoked, { event: "REVOKED", at, author, reason }));
            await dialect.notify(run, "api_key", id);
            return revoked;
          }),
        )
        .catch(fail);
      if (key === null) return null;
      const { secretHash: _, ...shown } = key;
      return shown;
    },
  };
}
