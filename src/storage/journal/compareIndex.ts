import { monthOf } from "../../domain/record/archive/months.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { decisionIndex } from "./decisionIndex.ts";
import { KEYS } from "./decisionKeys.ts";
import { type IndexedDecision, morePatients } from "./decisionsToIndex.ts";
import { journalSql } from "./journalSql.ts";
import { indexColumns, toIndexColumns } from "./journalTables.ts";

/** In what the index by which decisions are searched differs from the record, of one month. */
export interface IndexDifference {
  /** By when the decisions were made, in UTC, as `2026-03`; null: at no time that there is. */
  readonly month: string | null;
  /** How many decisions the index has otherwise than the record, or not at all, or beside it: of row, patients or keys. */
  readonly decisions: number;
  /** Where the first of them stands in the journal. */
  readonly position: number;
}

export interface IndexComparison {
  /** In the order of their first positions. None: it says what the record says. */
  readonly differences: readonly IndexDifference[];
  /** How many decisions the index has not taken yet; they were not compared. */
  readonly behind: number;
}

/** Acts of one statement: what they come to is in memory. */
const PART = 1_000;
const FROM_START = Number.MIN_SAFE_INTEGER;

type Column = keyof typeof indexColumns;
/** The columns whose values an erasure takes out. */
const ERASED: readonly string[] = ["subjectId", "patient", "resourceId", "ipAddress"] satisfies readonly Column[];
/** Those that have several values, in whatever order the database came upon them. */
const SETS: readonly string[] = ["moreScopes", "reasonCodes", "ruleIds"] satisfies readonly Column[];
const COLUMNS = Object.keys(indexColumns) as readonly Column[];
const TO_INDEX = Object.keys(toIndexColumns);

type Row = Readonly<Record<string, unknown>>;
/** What is known of one position. */
interface Place {
  record?: IndexedDecision;
  index?: Row;
  readonly patients: string[];
  readonly keys: string[];
}

const texts = (value: unknown): string => JSON.stringify(value);
const rowOf = (names: readonly string[], values: readonly unknown[]): Row =>
  Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  texts([...some].sort()) === texts([...others].sort());
const comparable = (name: string, value: unknown): string =>
  texts(SETS.includes(name) && typeof value === "string" ? value.split(/[|\s,[\]]+/).sort() : (value ?? null));

/** Whether index, patients and, in a sealed block, keys say of a position what the record says. */
function agrees({ index, keys, patients, record }: Place, sealed: "no" | "yes" | "missing"): boolean {
  if (record === undefined || index === undefined) return false;
  const isErased = Boolean(index.erased);
  const isGone = (name: string): boolean => isErased && ERASED.includes(name) && index[name] === null;
  if (
    !COLUMNS.every(
      (name) =>
        isGone(name) || comparable(name, record[name as keyof IndexedDecision]) === comparable(name, index[name]),
    )
  )
    return false;
  if (!(isErased && patients.length === 0) && !isSame(patients, morePatients(record))) return false;
  if (sealed === "no") return true;
  const wanted = Object.keys(KEYS).flatMap((name) => (index[name] === null ? [] : [texts([name, index[name]])]));
  return sealed === "yes" && isSame(keys, wanted);
}

/** One statement, so that all of it is of one moment: what the record gives the index of a part, and what the index has. */
function statementOf(dialect: Dialect): string {
  const at = (n: number): string => (dialect.name === "sqlite" ? `?${n}` : `$${n}`);
  const span = `"seq" > ${at(1)} AND "seq" <= ${at(2)}`;
  const blocks = `"block" >= ${at(3)} AND "block" <= ${at(4)}`;
  const row = (...columns: readonly string[]): string => dialect.rowAsJson(columns.map((name) => `"${name}"`));
  return `SELECT 'record' AS "of", d."decision" AS "item" FROM (${journalSql(dialect).decisionsToIndex()}) AS d
    UNION ALL SELECT 'index', ${row("seq", ...COLUMNS.map((name) => indexColumns[name].name))} FROM decision_index WHERE ${span}
    UNION ALL SELECT 'patient', ${row("seq", "of_patient")} FROM decision_patient WHERE ${span}
    UNION ALL SELECT 'key', ${row("seq", "name", "value")} FROM decision_key WHERE ${blocks} AND ${span}
    UNION ALL SELECT 'block', ${row("block")} FROM decision_block WHERE ${blocks}
    UNION ALL SELECT 'last', ${dialect.rowAsJson(['MAX("block")'])} FROM decision_block`;
}

/**
 * Compares the index of decisions, their patients, and the keys of sealed blocks with the record, as far as the index has taken it, in parts;
 * beside a service too. `end`: the last position of the journal that counts. Rejects where the index was made anew meanwhile.
 */
export async function compareIndex({
  blockSize,
  dialect,
  end,
  progress,
  query,
}: {
  readonly query: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
  readonly end: number;
  /** Positions of a sealed block (decisionBlocks.ts). */
  readonly blockSize: number;
  /** Is told up to which position it is compared. */
  readonly progress: (position: number) => void;
}): Promise<IndexComparison> {
  const only = async (sql: string, ...parameters: readonly unknown[]): Promise<number> =>
    Number((await query(withParameters(dialect, sql), parameters))[0]?.n ?? 0);
  const generation = () => only('SELECT "generation" AS "n" FROM decision_generation');
  const before = await generation();
  const taken = Math.min(
    end,
    await only('SELECT "position" AS "n" FROM journal_follower WHERE "name" = ?', decisionIndex.name),
  );
  const months = new Map<string | null, { decisions: number; readonly position: number }>();
  const sql = statementOf(dialect);
  const partEnd = `SELECT MAX("seq") AS "n" FROM (SELECT "seq" FROM journal WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ${PART}) AS part`;

  async function comparePart(after: number, until: number): Promise<void> {
    const places = new Map<number, Place>();
    const blocks = new Set<number>();
    let lastBlock = -1;
    const placeOf = (position: unknown): Place => {
      const place = places.get(Number(position)) ?? { patients: [], keys: [] };
      places.set(Number(position), place);
      return place;
    };
    const blockOf = (position: number): number => Math.floor((position - 1) / blockSize);
    const span = [after, until, blockOf(Math.max(1, after + 1)), blockOf(Math.max(1, until))];
    for (const { item, of } of await query(sql, span)) {
      const values = JSON.parse(String(item)) as readonly unknown[];
      const [first, ...rest] = values;
      if (of === "record") placeOf(first).record = rowOf(TO_INDEX, values) as unknown as IndexedDecision;
      else if (of === "index") placeOf(first).index = rowOf(["seq", ...COLUMNS], values);
      else if (of === "patient") placeOf(first).patients.push(String(rest[0]));
      else if (of === "key") placeOf(first).keys.push(texts(rest));
      else if (of === "block") blocks.add(Number(first));
      else lastBlock = first === null ? -1 : Number(first);
    }
    for (const [position, place] of [...places].sort(([a], [b]) => a - b)) {
      const block = blockOf(position);
      const sealed = block > lastBlock ? "no" : blocks.has(block) ? "yes" : "missing";
      // What was written of a block before it counts is looked at by nobody.
      if (place.record === undefined && place.index === undefined && place.patients.length === 0 && sealed === "no")
        continue;
      if (agrees(place, sealed)) continue;
      const month = monthOf(Number(place.record?.decidedAt ?? place.index?.decidedAt));
      const known = months.get(month);
      if (known === undefined) months.set(month, { decisions: 1, position });
      else known.decisions++;
    }
  }

  for (let after = FROM_START; after < taken; ) {
    const next = await only(partEnd, after, taken);
    // Behind the last act there may be rows of the index all the same.
    const until = next > after ? next : taken;
    await comparePart(after, until);
    progress(until);
    after = until;
  }
  const behind = await only(
    `SELECT COUNT(*) AS "n" FROM journal WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'DECISION'`,
    taken,
    end,
  );
  if ((await generation()) !== before)
    throw new Error("The search index was made anew while it was compared. Verify again.");
  return { differences: [...months].map(([month, found]) => ({ month, ...found })), behind };
}
