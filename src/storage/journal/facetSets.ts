import type { DecisionFilter } from "../../domain/decisions/types.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { boundsOf } from "./decisionAddresses.ts";
import { type FacetName, isFacet, valueKey } from "./facets.ts";
import { addStored, keepCommon } from "./positionSets.ts";

/** Blocks from one to another, both included; `among`: of these alone. */
export interface Blocks {
  readonly lowest: number;
  readonly highest: number;
  readonly among?: readonly number[];
}

/** What a filter asks of facets. */
export interface FacetConditions {
  /** Of each, what the table calls it and its value; a decision must have all. First is what most likely has the fewest. */
  readonly values: readonly (readonly [facet: FacetName, key: string])[];
  /** Null: it asks for none. */
  readonly network: string | null;
}

/** Those first of which each value is in few blocks: others are looked for in its blocks alone. */
const BY_RARITY: readonly FacetName[] = [
  ...(["subjectId", "ipAddress", "clientId", "ruleId", "scope", "callerId", "resourceType", "reason"] as const),
  ...(["purposeOfUse", "organization", "outcome", "subjectType", "kind"] as const),
];

export function facetConditions({ network, ...others }: DecisionFilter): FacetConditions {
  const values = Object.entries(others).flatMap(([name, value]) =>
    isFacet(name) ? [[name, valueKey(String(value))] as const] : [],
  );
  values.sort(([a], [b]) => BY_RARITY.indexOf(a) - BY_RARITY.indexOf(b));
  return { values, network: network ?? null };
}

const within = (alias: string, { among, highest, lowest }: Blocks): Statement =>
  among === undefined
    ? [`${alias}."block" >= ? AND ${alias}."block" <= ?`, [lowest, highest]]
    : [`${alias}."block" IN (${among.map(() => "?").join(", ")})`, among];

/**
 * What has another value's set in a block of the first, `f0`, looked up there. PostgreSQL takes few blocks for few, whatever it knows of a table, and would
 * compare each block of one with each of the other; OFFSET keeps it from that.
 */
const JOINED: { readonly [Name in Dialect["name"]]: (alias: string) => string } = {
  sqlite: (alias) => `CROSS JOIN decision_facet AS ${alias}
    ON ${alias}."facet" = ? AND ${alias}."value" = ? AND ${alias}."block" = f0."block"`,
  postgres: (alias) => `CROSS JOIN LATERAL (SELECT "positions" FROM decision_facet
    WHERE "facet" = ? AND "value" = ? AND "block" = f0."block" OFFSET 0) AS ${alias}`,
};

const NEWEST = `(SELECT MAX("block") FROM decision_facet WHERE "facet" = ? AND "value" = ? AND "block" <= ?)`;

/**
 * The newest blocks in which all the values occur, so many at most: `block`, and each value's set as `set0`, `set1` and so on. One statement,
 * as its way to the database and back takes longer than a look for each block. A value that occurs in none ends it at once.
 */
export function setsOfValues(
  values: FacetConditions["values"],
  {
    blocks,
    dialect,
    most,
  }: { readonly blocks: Blocks; readonly dialect: Pick<Dialect, "name">; readonly most: number },
): Statement {
  const [first, ...others] = values;
  const joined = others.map((_, i) => JOINED[dialect.name](`f${i + 1}`)).join(" ");
  const [sql, parameters] = within("f0", blocks);
  const bounds = others.map(() => ` AND f0."block" <= ${NEWEST}`).join("");
  return [
    `SELECT f0."block", ${values.map((_, i) => `f${i}."positions" AS "set${i}"`).join(", ")} FROM decision_facet AS f0 ${joined}
      WHERE f0."facet" = ? AND f0."value" = ? AND ${sql}${bounds} ORDER BY f0."block" DESC LIMIT ?`,
    [...others.flat(), ...(first ?? []), ...parameters, ...others.flatMap((other) => [...other, blocks.highest]), most],
  ];
}

/** The sets of a network's addresses, which are looked up first; a block may have several, which count together. */
export function setsOfNetwork(network: string, blocks: Blocks): Statement {
  const [sql, parameters] = within("f", blocks);
  return [
    `SELECT f."block", f."positions" FROM decision_address AS a CROSS JOIN decision_facet AS f
      WHERE a."address_key" >= ? AND a."address_key" <= ? AND f."facet" = 'ipAddress' AND f."value" = '=' || a."ip_address" AND ${sql}`,
    [...boundsOf(network), ...parameters],
  ];
}

/** Of a row of `setsOfValues` what all its sets have; null: nothing. */
function commonOf(row: RawRow, count: number, size: number): Uint8Array | null {
  const bits = new Uint8Array(size / 8);
  addStored(bits, row.set0 as Buffer);
  for (let i = 1; i < count; i++) {
    const others = new Uint8Array(size / 8);
    addStored(others, row[`set${i}`] as Buffer);
    if (!keepCommon(bits, others)) return null;
  }
  return bits;
}

export interface AskSets {
  readonly ask: (statement: Statement) => Promise<readonly RawRow[]>;
  readonly dialect: Pick<Dialect, "name">;
  /** Positions of a block. */
  readonly size: number;
}

interface CommonSets {
  /** By block, the highest first, of blocks where there is any. */
  readonly sets: ReadonlyMap<number, Uint8Array>;
  /** Down to this block, that one included, there is no other. */
  readonly down: number;
}

/** What is common to all conditions in so many blocks, the newest of those asked for. */
export async function commonSets(
  { ask, dialect, size }: AskSets,
  { network, values }: FacetConditions,
  { blocks, most }: { readonly blocks: Blocks; readonly most: number },
): Promise<CommonSets> {
  const sets = new Map<number, Uint8Array>();
  let asked = blocks;
  if (values.length === 0) asked = { ...blocks, lowest: Math.max(blocks.lowest, blocks.highest - most + 1) };
  else {
    const found = await ask(setsOfValues(values, { blocks, dialect, most }));
    if (found.length === most) asked = { ...blocks, lowest: Number(found.at(-1)?.block) };
    for (const row of found) {
      const bits = commonOf(row, values.length, size);
      if (bits !== null) sets.set(Number(row.block), bits);
    }
    if (network === null || sets.size === 0) return { sets, down: asked.lowest };
    asked = { ...asked, among: [...sets.keys()] };
  }
  if (network === null) return { sets, down: asked.lowest };
  const ofNetwork = new Map<number, Uint8Array>();
  for (const { block, positions } of await ask(setsOfNetwork(network, asked))) {
    const bits = ofNetwork.get(Number(block)) ?? new Uint8Array(size / 8);
    addStored(bits, positions as Buffer);
    ofNetwork.set(Number(block), bits);
  }
  const inAll = [...ofNetwork].filter(([block, bits]) => {
    const others = sets.get(block);
    return values.length === 0 || (others !== undefined && keepCommon(bits, others));
  });
  return { sets: new Map(inAll.sort(([a], [b]) => b - a)), down: asked.lowest };
}
