import type { DataSource } from "typeorm";
import type { Account } from "../../domain/directory/accounts.ts";
import type { RawRow } from "../database/connection.ts";
import { asUnavailable } from "../database/faults.ts";

/** Who opened, decided or said something of a case with an account of an issuer; programs are no people. */
const SIGNED_IN = [
  ["case_file", "opener_issuer", "opener_subject_id", "opener_subject_type"],
  ["case_file", "decider_issuer", "decider_subject_id", "decider_subject_type"],
  ["case_entry", "issuer", "subject_id", "subject_type"],
]
  .map(
    ([table, issuer, id, type]) =>
      `SELECT "${issuer}" AS "issuer", "${id}" AS "id" FROM ${table} WHERE "${issuer}" IS NOT NULL AND "${type}" IS NULL`,
  )
  .join(" UNION ");

/** Accounts of people who took part in a case, each once, by issuer and id. It goes through all cases. */
export async function readSignedIn(lists: DataSource): Promise<readonly Account[]> {
  const rows = await lists
    .query<RawRow[]>(`${SIGNED_IN} ORDER BY 1, 2`)
    .catch((error) => Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Cases can't be read.", error)));
  return rows.map(({ id, issuer }) => ({ id: String(id), issuer: String(issuer) }));
}
