import type { DecisionFilter } from "../../domain/decisions/types.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { boundsOf } from "./decisionAddresses.ts";
import { FACETS, type FacetName, isFacet, valueKey } from "./facets.ts";
import { addStored, keepCommon } from "./positionSets.ts";

/** Blocks from one to another, both included; `among`: of these alone. */
export interface Blocks {
  readonly lowest: number;
  readonly highest: number;
  readonly among?: readonly number[];
}

/** What a filter asks of facets. */
export interface FacetConditions {
  /** Of each, what the table calls it and its value; a decision must have all. The first is likely to be in the fewest blocks. */
  readonly values: readonly (readonly [facet: FacetName, key: string])[];
  /** Null: it asks for none. */
  readonly network: string | null;
}

const BY_RARITY = Object.keys(FACETS);

export function facetConditions({ network, ...others }: DecisionFilter): FacetConditions {
  const values = Object.entries(others).flatMap(([name, value]) =>
    isFacet(name) ? [[name, valueKey(String(value))] as const] : [],
  );
  values.sort(([a], [b]) => BY_RARITY.indexOf(a) - BY_RARITY.indexOf(b));
  return { values, network: network ?? null };
}

export const within = (alias: string, { among, highest, lowest }: Blocks): Statement =>
  among === undefined
    ? [`${alias}."block" >= ? AND ${alias}."block" <= ?`, [lowest, highest]]
    : among.length === 0
      ? ["FALSE", []]
      : [`${alias}."block" IN (${among.map(() => "?").join(", ")})`, among];

/**
 * Joins another value's set in a block of the first value, `f0`. PostgreSQL thinks that a value is in one block or two, and would compare each
 * block of the one with each of the other; OFFSET has it look up the block.
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

async function setsWithAll(
  { ask, dialect, size }: AskSets,
  values: FacetConditions["values"],
  { blocks, most }: { readonly blocks: Blocks; readonly most: number },
): Promise<CommonSets> {
  const sets = new Map<number, Uint8Array>();
  const rows = await ask(setsOfValues(values, { blocks, dialect, most }));
  for (const row of rows) {
    const bits = commonOf(row, values.length, size);
    if (bits !== null) sets.set(Number(row.block), bits);
  }
  return { sets, down: rows.length === most ? Number(rows.at(-1)?.block) : blocks.lowest };
}

async function setsWithin(
  { ask, size }: AskSets,
  network: string,
  blocks: Blocks,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const sets = new Map<number, Uint8Array>();
  for (const { block, positions } of await ask(setsOfNetwork(network, blocks))) {
    const bits = sets.get(Number(block)) ?? new Uint8Array(size / 8);
    addStored(bits, positions as Buffer);
    sets.set(Number(block), bits);
  }
  return new Map([...sets].sort(([a], [b]) => b - a));
}

/** What is common to all conditions, of which there is one at least, in so many blocks, the newest of those asked for. */
export async function commonSets(
  asking: AskSets,
  { network, values }: FacetConditions,
  { blocks, most }: { readonly blocks: Blocks; readonly most: number },
): Promise<CommonSets> {
  if (network === null) return setsWithAll(asking, values, { blocks, most });
  if (values.length === 0) {
    const down = Math.max(blocks.lowest, blocks.highest - most + 1);
    return { sets: await setsWithin(asking, network, { ...blocks, lowest: down }), down };
  }
  const { down, sets } = await setsWithAll(asking, values, { blocks, most });
  if (sets.size === 0) return { sets, down };
  const inNetwork = await setsWithin(asking, network, { ...blocks, among: [...sets.keys()] });
  const common = [...inNetwork].filter(([block, bits]) => keepCommon(bits, sets.get(block) ?? new Uint8Array()));
  return { sets: new Map(common), down };
}
