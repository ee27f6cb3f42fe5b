import type { DataSource } from "typeorm";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";

/** Where the id of a caller stands with what they did. */
const PLACES = [
  ["policy_revision", "author"],
  ["directory_revision", "author"],
  ["api_key", "created_by"],
  ["case_file", "opened_by"],
  ["case_file", "decided_by"],
  ["case_entry", "by"],
] as const;

/** Whether a caller of an id changed, decided or said something. Rejects with POLICY_UNAVAILABLE. */
export function createHasActed({ dialect, lists }: { readonly dialect: Dialect; readonly lists: DataSource }) {
  const found = PLACES.map(([table, column]) => `EXISTS (SELECT 1 FROM ${table} WHERE "${column}" = ?)`).join(" OR ");
  const sql = withParameters(dialect, `SELECT 1 AS "found" WHERE ${found}`);
  return async (callerId: string): Promise<boolean> => {
    const parameters = PLACES.map(() => callerId);
    const rows = await lists
      .query<unknown[]>(sql, parameters)
      .catch((error) => Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "What callers did can't be read.", error)));
    return rows.length > 0;
  };
}
