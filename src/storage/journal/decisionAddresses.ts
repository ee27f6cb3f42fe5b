import { addressKey, networkRange } from "../../domain/kernel/ipAddress.ts";
import { columnsOf } from "../database/columns.ts";
import { insertRows } from "../database/jsonRows.ts";
import type { FollowerBatch } from "./follower.ts";
import type { AlikeRow } from "./indexedAlike.ts";

const columns = columnsOf<{ readonly ipAddress: string; readonly addressKey: string }>({
  ipAddress: "key",
  addressKey: "key",
});

/** Keeps each address of the decisions of a batch, by which networks are searched. */
export async function keepAddresses(
  { change, dialect }: Pick<FollowerBatch, "change" | "dialect">,
  alike: readonly AlikeRow[],
): Promise<void> {
  const addresses = new Set(alike.flatMap((row) => JSON.parse(String(row.addresses ?? "[]")) as readonly string[]));
  if (addresses.size === 0) return;
  const kept = [...addresses].map((address) => [address, addressKey(address) ?? ""]);
  const sql = insertRows(dialect, { table: "decision_address", columns, conflict: "ON CONFLICT DO NOTHING" });
  await change(sql, [JSON.stringify(kept)]);
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
