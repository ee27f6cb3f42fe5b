import { addressKey, networkRange } from "../../domain/kernel/ipAddress.ts";
import { columnsOf } from "../database/columns.ts";
import type { Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { insertRows } from "../database/jsonRows.ts";
import type { IndexedDecision } from "./decisionsToIndex.ts";

const columns = columnsOf<{ readonly ipAddress: string; readonly addressKey: string }>({
  ipAddress: "key",
  addressKey: "key",
});

/** Keeps each address of the decisions of a batch, by which networks are searched. */
export function keepAddresses(
  dialect: Dialect,
  decisions: readonly Pick<IndexedDecision, "ipAddress">[],
): readonly Statement[] {
  const addresses = [...new Set(decisions.flatMap(({ ipAddress }) => ipAddress ?? []))];
  if (addresses.length === 0) return [];
  const kept = addresses.map((address) => [address, addressKey(address) ?? ""]);
  const sql = insertRows(dialect, { table: "decision_address", columns, conflict: "ON CONFLICT DO NOTHING" });
  return [[sql, [JSON.stringify(kept)]]];
}

export const EMPTY_ADDRESSES = "DELETE FROM decision_address";

/** Between which keys the addresses of a network in CIDR's notation are; what is none has none. */
export function boundsOf(network: string): readonly [first: string, last: string] {
  const range = networkRange(network);
  return range === null ? ["~", ""] : [range.first, range.last];
}

const WITHIN = `a."address_key" >= ? AND a."address_key" <= ?`;

/** How many addresses of a network are known, up to so many. */
export const countAddresses = (
  network: string,
  most: number,
): readonly [sql: string, parameters: readonly unknown[]] => [
  `SELECT COUNT(*) AS "n" FROM (SELECT 1 AS "one" FROM decision_address AS a WHERE ${WITHIN} LIMIT ${most}) AS known`,
  boundsOf(network),
];

/** The condition that a decision came from a network. Of one with many addresses each decision's own is looked up, not all of them. */
export const fromNetwork = (
  network: string,
  { hasMany }: { readonly hasMany: boolean },
): { readonly sql: string; readonly parameters: readonly string[] } => ({
  sql: hasMany
    ? `EXISTS (SELECT 1 FROM decision_address AS a WHERE a."ip_address" = decision_index."ip_address" AND ${WITHIN})`
    : `"ip_address" IN (SELECT a."ip_address" FROM decision_address AS a WHERE ${WITHIN})`,
  parameters: boundsOf(network),
});
