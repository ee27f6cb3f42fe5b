import type { Breathe } from "../../domain/kernel/ports.ts";
import { quoted } from "../database/columns.ts";
import type { ConditionalWrites, Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { decisionIndex } from "./decisionIndex.ts";
import { keysBetween, writeKeys } from "./decisionKeys.ts";
import { FACETS, type Facet, PARTS, valueKey } from "./facets.ts";
import type { PlanningFollower, ReadBatch } from "./follower.ts";
import { bloomWrites, sliceWrites } from "./keyBlooms.ts";
import { storedSet } from "./positionSets.ts";

export const DECISION_BLOCKS = "decision_blocks";

/** Positions of a block: block b has those after b times this, up to and with the next multiple. A power of two, 64 at least. Of more than 16,384 a set has no room in PostgreSQL's index. */
export const BLOCK = 8_192;

const OFFSETS: { readonly [Name in Dialect["name"]]: string } = {
  sqlite: `group_concat("seq" - ?)`,
  postgres: `string_agg(("seq" - ?)::TEXT, ',')`,
};

/**
 * Which texts a column has in a block, each with the offsets where. The text that is joined keeps it off the column's own index: to go
 * through all of that would spare the sorting of a block.
 */
export function offsetsByText({ name }: Dialect, { column }: Pick<Facet, "column">): string {
  const text = `(${quoted(column.name)} || '')`;
  return `SELECT ${text} AS "text", ${OFFSETS[name]} AS "offsets" FROM decision_index
    WHERE "seq" > ? AND "seq" <= ? AND ${text} IS NOT NULL GROUP BY 1`;
}

/** Values, or texts, between two turns of the event loop: where each position has one of its own, a block takes some 50 milliseconds. */
const SLICE = 64;

/** Each item, and a turn for others between slices. */
async function* inTurns<Item>(items: Iterable<Item>, giveWay: Breathe): AsyncGenerator<readonly Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < SLICE) continue;
    yield slice;
    slice = [];
    await giveWay();
  }
  yield slice;
}

/** One INSERT of any number of sets, whose one parameter is they as JSON. */
export function insertSets(dialect: Dialect): string {
  const { bytes, integer, rows: given, text } = jsonRows(dialect);
  const sql = `INSERT INTO decision_facet ("facet", "value", "block", "positions")
    SELECT ${text(0)}, ${text(1)}, ${integer(2)}, ${bytes(3)} FROM ${given} WHERE TRUE`;
  return withParameters(dialect, sql);
}

export type FacetRow = readonly [facet: string, value: string, block: number, hex: string];

async function rowsOf(
  { dialect, giveWay, select }: Pick<ReadBatch, "dialect" | "giveWay" | "select">,
  { block, name, size, facet }: { block: number; name: string; size: number; facet: Facet },
): Promise<readonly FacetRow[]> {
  const from = block * size;
  const texts = await select(withParameters(dialect, offsetsByText(dialect, facet)), [from + 1, from, from + size]);
  const byValue = new Map<string, number[]>();
  for await (const slice of inTurns(texts, giveWay))
    for (const row of slice) {
      const offsets = String(row.offsets).split(",").map(Number);
      for (const value of new Set(facet.valuesIn(String(row.text)))) {
        const known = byValue.get(value);
        if (known === undefined) byValue.set(value, [...offsets]);
        else for (const offset of offsets) known.push(offset);
      }
    }
  const rows: FacetRow[] = [];
  for await (const slice of inTurns(byValue, giveWay))
    for (const [value, offsets] of slice)
      rows.push([name, valueKey(value), block, storedSet(offsets, size).toString("hex")]);
  return rows;
}

const INDEXED = `SELECT g."generation", f."position" FROM decision_generation AS g CROSS JOIN journal_follower AS f
  WHERE f."name" = '${decisionIndex.name}'`;
const GENERATION = '(SELECT "generation" FROM decision_generation)';
/** Of how many decisions of a block values were erased, and up to where acts have left for archives: both only grow. */
const ERASED = `(SELECT COUNT(*) FROM decision_index WHERE "seq" > ? AND "seq" <= ? AND "erased")`;
const LEFT = '(SELECT COALESCE(MAX("removed_to"), 0) FROM journal_archive)';

/** It makes a block count, and has the filter of its keys. */
const LAST_PART = PARTS - 1;

const blockAt = (after: number, size: number) => {
  const block = Math.floor(after / size);
  const part = (after % size) / (size / PARTS);
  return { block, part, span: [block * size, block * size + size] as const };
};

/**
 * That nothing goes from the part of a block that begins after a position after this was asked: what has gone must not be written again;
 * whoever takes it away waits for the end of a step.
 */
async function nothingGoes(
  { dialect, select }: Pick<ReadBatch, "dialect" | "select">,
  { after, size }: { readonly after: number; readonly size: number },
): Promise<readonly Statement[]> {
  const { part, span } = blockAt(after, size);
  const isPersonal =
    part === LAST_PART || Object.values<Facet>(FACETS).some((facet) => facet.part === part && facet.personal);
  const numberOf = async (sql: string, parameters: readonly unknown[]): Promise<number> =>
    Number((await select(withParameters(dialect, `SELECT ${sql} AS "n"`), parameters))[0]?.n);
  const left = await numberOf(LEFT, []);
  return [
    left <= span[0]
      ? [`${LEFT} <= ?`, [span[0]]]
      : left >= span[1]
        ? [`${LEFT} >= ?`, [span[1]]]
        : [`${LEFT} = ?`, [left]],
    ...(isPersonal ? [[`${ERASED} = ?`, [...span, await numberOf(ERASED, span)]] as const] : []),
  ];
}

/** One part of a block: its facets and keys, a slice of the filters of blocks before and, with the last, its own filter and when its decisions were made. */
async function planPart(batch: ReadBatch, size: number): Promise<ConditionalWrites> {
  const { after, dialect, select } = batch;
  const { block, part, span } = blockAt(after, size);
  const [index] = await select(INDEXED, []);
  // It may be emptied at any time, and be as far again when this is written.
  if (Number(index?.position ?? 0) < (block + 1) * size) throw new Error("the index was made anew");
  const conditions: readonly Statement[] = [
    [`${GENERATION} = ?`, [Number(index?.generation)]],
    ...(await nothingGoes(batch, { after, size })),
  ];
  const rows: FacetRow[] = [];
  for (const [name, facet] of Object.entries<Facet>(FACETS))
    if (facet.part === part) for (const row of await rowsOf(batch, { block, name, size, facet })) rows.push(row);
  const statements: Statement[] = [];
  if (rows.length > 0) statements.push([insertSets(dialect), [JSON.stringify(rows)]]);
  statements.push([writeKeys(dialect, size), keysBetween(after, after + size / PARTS)]);
  statements.push(...(await sliceWrites(batch, { block, part, size })));
  if (part === LAST_PART) {
    statements.push(...(await bloomWrites(batch, { block, size })));
    const times = `SELECT COALESCE(MIN("decided_at"), 0) AS "first", COALESCE(MAX("decided_at"), 0) AS "last"
      FROM decision_index WHERE "seq" > ? AND "seq" <= ?`;
    const [time] = await select(withParameters(dialect, times), span);
    const sql = `INSERT INTO decision_block ("block", "first_at", "last_at") VALUES (?, ?, ?)`;
    statements.push([withParameters(dialect, sql), [block, Number(time?.first), Number(time?.last)]]);
  }
  return { conditions, statements };
}

/**
 * Seals blocks of the index of decisions: for each value of each facet in a block a set of positions, by which searches intersect what
 * they ask for, and each decision's own keys (decisionKeys.ts). A block that has its row in `decision_block` has all of both. Of these only
 * erasures and archives change any: what a set has, the index says.
 */
export function createDecisionBlocks(size = BLOCK): PlanningFollower {
  return {
    name: DECISION_BLOCKS,
    behind: { follower: decisionIndex.name, block: size, acts: size / PARTS },
    // What is not sealed is looked through.
    mayFallBehind: true,
    plan: (batch) => planPart(batch, size),
  };
}
