import type { DecisionFilter } from "../../domain/decisions/types.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import { boundsOf } from "./decisionAddresses.ts";
import { isFacet, valueKey } from "./facets.ts";
import { addStored, keepCommon } from "./positionSets.ts";

/** Blocks from one to another, both included; `among`: of these alone. */
export interface Blocks {
  readonly lowest: number;
  readonly highest: number;
  readonly among?: readonly number[];
}

/** What a filter asks of one facet. */
export interface FacetCondition {
  /** The newest block, not after one, that has the value; null: it has many, and each would have to be asked. */
  readonly newest: ((highest: number) => Statement) | null;
  /** The sets in these blocks; a block may have several, which count together. */
  readonly sets: (blocks: Blocks) => Statement;
}

const within = ({ among, highest, lowest }: Blocks): Statement =>
  among === undefined
    ? [`f."block" >= ? AND f."block" <= ?`, [lowest, highest]]
    : [`f."block" IN (${among.map(() => "?").join(", ")})`, among];

function ofValue(name: string, value: string): FacetCondition {
  const [where, parameters] = [`f."facet" = ? AND f."value" = ?`, [name, valueKey(value)]];
  return {
    newest: (highest) => [
      `SELECT MAX(f."block") AS "block" FROM decision_facet AS f WHERE ${where} AND f."block" <= ?`,
      [...parameters, highest],
    ],
    sets(blocks) {
      const [sql, values] = within(blocks);
      return [
        `SELECT f."block", f."positions" FROM decision_facet AS f WHERE ${where} AND ${sql}`,
        [...parameters, ...values],
      ];
    },
  };
}

/** The addresses of a network are looked up first, then what each has. */
function ofNetwork(network: string): FacetCondition {
  return {
    newest: null,
    sets(blocks) {
      const [sql, values] = within(blocks);
      return [
        `SELECT f."block", f."positions" FROM decision_address AS a CROSS JOIN decision_facet AS f
          WHERE a."address_key" >= ? AND a."address_key" <= ? AND f."facet" = 'ipAddress' AND f."value" = '=' || a."ip_address" AND ${sql}`,
        [...boundsOf(network), ...values],
      ];
    },
  };
}

/** What a filter asks of facets: a value first, as it tells soonest where nothing is. */
export function facetConditions(filter: DecisionFilter): readonly FacetCondition[] {
  const { network, ...others } = filter;
  const found = Object.entries(others).flatMap(([name, value]) =>
    isFacet(name) ? [ofValue(name, String(value))] : [],
  );
  return network === undefined ? found : [...found, ofNetwork(network)];
}

/** What is common to all conditions, by block, of blocks where there is any. */
export async function commonSets(
  rows: (statement: Statement) => Promise<readonly RawRow[]>,
  conditions: readonly FacetCondition[],
  { blocks, size }: { readonly blocks: Blocks; readonly size: number },
): Promise<ReadonlyMap<number, Uint8Array>> {
  let common: Map<number, Uint8Array> | null = null;
  for (const { sets } of conditions) {
    const found = new Map<number, Uint8Array>();
    for (const { block, positions } of await rows(sets(blocks))) {
      const bits = found.get(Number(block)) ?? new Uint8Array(size / 8);
      addStored(bits, positions as Buffer);
      found.set(Number(block), bits);
    }
    if (common !== null)
      for (const [block, bits] of found) {
        const others = (common as Map<number, Uint8Array>).get(block);
        if (others === undefined || !keepCommon(bits, others)) found.delete(block);
      }
    common = found;
    if (common.size === 0) break;
  }
  return common ?? new Map();
}
