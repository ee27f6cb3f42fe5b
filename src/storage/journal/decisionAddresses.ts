import { addressKey, networkRange } from "../../domain/kernel/ipAddress.ts";
import { columnsOf } from "../database/columns.ts";
import { withParameters } from "../database/dialect.ts";
import { insertRows } from "../database/jsonRows.ts";
import type { FollowerBatch } from "./follower.ts";

const columns = columnsOf<{ readonly ipAddress: string; readonly addressKey: string }>({
  ipAddress: "key",
  addressKey: "key",
});

const NEW_ONES = `SELECT DISTINCT d."ip_address" FROM decision_index AS d
  WHERE d."seq" > ? AND d."seq" <= ? AND d."ip_address" IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM decision_address AS a WHERE a."ip_address" = d."ip_address")`;

/** Keeps each address of the decisions of a batch that are in the index, by which networks are searched. */
export async function keepAddresses({ after, change, dialect, run, until }: FollowerBatch): Promise<void> {
  const { rows } = await run(withParameters(dialect, NEW_ONES), [after, until]);
  if (rows.length === 0) return;
  const kept = rows.map((row) => [row.ip_address, addressKey(String(row.ip_address)) ?? ""]);
  await change(insertRows(dialect, { table: "decision_address", columns }), [JSON.stringify(kept)]);
}

export const EMPTY_ADDRESSES = "DELETE FROM decision_address";

/** The condition that a decision came from a network in CIDR's notation; what is none has no decisions. */
export function fromNetwork(network: string): { readonly sql: string; readonly parameters: readonly string[] } {
  const range = networkRange(network);
  return {
    sql: `"ip_address" IN (SELECT a."ip_address" FROM decision_address AS a WHERE a."address_key" >= ? AND a."address_key" <= ?)`,
    parameters: range === null ? ["~", ""] : [range.first, range.last],
  };
}
