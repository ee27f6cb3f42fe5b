import type { ApiKey, ApiKeyAct, StoredApiKey } from "../../domain/callers/types.ts";
import { type Act, apiKeyAct } from "../../domain/record/acts.ts";
import { columnList, fromRow } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { apiKeyColumns } from "./apiKeyTable.ts";

export const shownColumns = apiKeyColumns.filter((c) => c.property !== "secretHash");
export const storedKey = (row: RawRow): StoredApiKey => fromRow(apiKeyColumns, row) as unknown as StoredApiKey;
export const shownKey = (row: RawRow): ApiKey => fromRow(shownColumns, row) as unknown as ApiKey;

/** The key as it is now, read on the writer's connection. */
export async function readKey(
  { run, dialect }: { readonly run: RunSql; readonly dialect: Dialect },
  id: string,
): Promise<StoredApiKey | null> {
  const sql = `SELECT ${columnList(apiKeyColumns)} FROM api_key WHERE "id" = ?`;
  const { rows } = await run(withParameters(dialect, sql), [id]);
  return rows[0] === undefined ? null : storedKey(rows[0]);
}

/** What happened to a key, as it stands on record. */
export const keyAct = (
  { id: keyId, name, roles, allRolesUntil, subject, defaultClientId, assertRoles, expiresAt }: StoredApiKey,
  happened: Pick<ApiKeyAct, "event" | "at" | "author" | "reason"> & Partial<Pick<ApiKeyAct, "failures">>,
  once?: string,
): Act =>
  apiKeyAct(
    {
      keyId,
      name,
      roles,
      allRolesUntil,
      subject,
      defaultClientId,
      assertRoles,
      expiresAt,
      failures: null,
      ...happened,
    },
    once,
  );
