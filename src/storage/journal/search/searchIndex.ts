import type { DataSource } from "typeorm";
import type { DecisionRecord } from "../../../domain/decisions/types.ts";
import { ScopewardenError } from "../../../domain/kernel/errors.ts";
import type { Breathe } from "../../../domain/kernel/ports.ts";
import type { RawRow } from "../../database/connection.ts";
import { type Dialect, type PreparedReads, withParameters } from "../../database/dialect.ts";
import { asUnavailable } from "../../database/faults.ts";
import { decodeDecision, RECORD_COLUMNS } from "../decisionRow.ts";
import { damagedError, ofMonth } from "./monthDamage.ts";
import { monthTables, type Span } from "./monthTables.ts";
import { MARK, monthsAsJson, monthsOfJson, type SearchMonth } from "./searchMonths.ts";
import { SECRET_SQL } from "./tokens.ts";

/** The follower that keeps the index: a name under which its position stands. */
export const DECISION_INDEX = "decision_index";

/** Acts behind the index that are read from the journal: farther behind it is waited for, readiness warns, and the alert rule rings. */
export const MOST_UNINDEXED = 2_000;
/** Acts of the journal that are read at once, and positions that one look into the index answers with, at first and at most. */
const READ_AT_ONCE = 64;
const FIRST_FOUND = 60;
const MOST_FOUND = 500;

const ASIDE = `SELECT "position" FROM act_set_aside WHERE "consumer" = '${DECISION_INDEX}' AND "position" <= ? ORDER BY "position" DESC`;
const stateSql = (
  dialect: Dialect,
): string => `SELECT f."position" AS "indexed", ${monthsAsJson(dialect)} AS "months", (SELECT COUNT(*) FROM act_set_aside WHERE "consumer" = f."name") AS "aside", (SELECT MAX("seq") FROM journal) AS "end", (${SECRET_SQL}) AS "secret"
  FROM journal_follower AS f WHERE f."name" = '${DECISION_INDEX}'`;
/** The stretches of marks in which something of a time was decided, the newest first. */
const STRETCHES = `SELECT MIN("mark") AS "lowest", MAX("mark") AS "highest" FROM
  (SELECT "mark", "mark" - ROW_NUMBER() OVER (ORDER BY "mark") AS "stretch" FROM search_mark WHERE "first_at" < ? AND "last_at" >= ?) AS m
  GROUP BY "stretch" ORDER BY 1 DESC`;

/** A part of what is looked for, newest first; at and below `down` nothing has been looked at. */
export interface Part {
  readonly positions: readonly number[];
  readonly down: number;
}

/** Decided at or after, and before; absent: at any time. */
export interface Window {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The index as it is at one moment. */
interface SearchState {
  readonly secret: string;
  /** Up to where it has all decisions, and where the journal ends, neither beyond where the question begins. */
  readonly indexed: number;
  readonly end: number;
  /** The newest first. */
  readonly months: readonly SearchMonth[];
  /** Positions up to `indexed` whose acts it could not take, the newest first: they are read from the journal. */
  readonly aside: readonly number[];
}

/** Parts of what is looked for, with the positions of acts that the index lacks in their places. */
export async function* withAside(parts: AsyncIterable<Part>, aside: readonly number[]): AsyncGenerator<Part> {
  let left = aside;
  for await (const { down, positions } of parts) {
    const here = left.filter((position) => position > down);
    left = left.slice(here.length);
    yield { positions: here.length === 0 ? positions : [...positions, ...here].sort((a, b) => b - a), down };
  }
  if (left.length > 0) yield { positions: left, down: 0 };
}

/**
 * Reads the index of decisions, and gives way to decisions as a question begins and between its parts, not at each statement. All reject with
 * JOURNAL_UNAVAILABLE where the database can't be read.
 */
export interface SearchIndex {
  readonly rows: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
  /**
   * Before a position; null: to the journal's end. What is not in the index yet is little enough to be read from the journal.
   * @throws ScopewardenError JOURNAL_UNAVAILABLE where the index is farther behind, and stays so for two seconds
   */
  state(before: number | null): Promise<SearchState>;
  /** Where decisions of a window may stand up to a position, the newest first. */
  spans(window: Window, until: number): Promise<readonly Span[]>;
  /**
   * The positions of spans, in months as they were at one moment, under which all of some tokens stand, of which there is one at least: what they say must be compared.
   * @throws ScopewardenError JOURNAL_UNAVAILABLE at a month that is damaged
   */
  withAll(
    tokens: readonly string[],
    on: { readonly spans: readonly Span[]; readonly months: readonly SearchMonth[] },
  ): AsyncGenerator<Part>;
  /** The decisions of the journal in a span whose record has a text, null: all, in parts, the newest first. */
  unindexed(
    span: Span,
    text: string | null,
  ): AsyncGenerator<{ readonly records: readonly ReadDecision[]; readonly down: number }>;
}

export interface ReadDecision {
  readonly position: number;
  readonly row: RawRow;
  readonly record: DecisionRecord;
}

export function createSearchIndex({
  dialect,
  giveWay,
  listReads,
  lists,
  untilIndexed,
}: {
  readonly lists: DataSource;
  /** On these connections. */
  readonly listReads: Pick<PreparedReads, "rows">;
  readonly dialect: Dialect;
  readonly giveWay: Breathe;
  /** Ends when the index is as far as the journal was, or after two seconds. */
  readonly untilIndexed: () => Promise<unknown>;
}): SearchIndex {
  const tables = monthTables(dialect);
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));
  const rows = (sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    listReads.rows(withParameters(dialect, sql), parameters).catch(fail);
  const STATE = stateSql(dialect);

  async function look(before: number | null): Promise<SearchState> {
    await giveWay();
    const [row] = await rows(STATE, []);
    const end = Math.min(Number(row?.end ?? 0), before === null ? Number.MAX_SAFE_INTEGER : before - 1);
    const indexed = Math.min(end, Number(row?.indexed ?? 0));
    const aside =
      Number(row?.aside ?? 0) === 0 ? [] : (await rows(ASIDE, [indexed])).map((one) => Number(one.position));
    return { secret: String(row?.secret), months: monthsOfJson(row?.months), end, indexed, aside };
  }

  return {
    rows,
    dialect,
    async state(before) {
      const isFar = ({ end, indexed }: SearchState): boolean => end - indexed > MOST_UNINDEXED;
      const first = await look(before);
      if (!isFar(first)) return first;
      // What can't be waited for is told of by how far it is.
      await untilIndexed().catch(() => undefined);
      const state = await look(before);
      if (!isFar(state)) return state;
      throw new ScopewardenError(
        "JOURNAL_UNAVAILABLE",
        `The index of decisions is ${state.end - state.indexed} acts behind the journal; without them an answer would lack some. Ask again.`,
      );
    },
    async spans({ from, to }, until) {
      if (from === undefined && to === undefined) return [{ after: 0, until }];
      const window = [to ?? Number.MAX_SAFE_INTEGER, from ?? Number.MIN_SAFE_INTEGER];
      return (await rows(STRETCHES, window))
        .map(({ highest, lowest }) => ({
          after: Math.max(0, Number(lowest) * MARK - 1),
          until: Math.min(until, (Number(highest) + 1) * MARK - 1),
        }))
        .filter((span) => span.after < span.until);
    },
    async *withAll(tokens, { months, spans }) {
      let most = FIRST_FOUND;
      let isFirst = true;
      for (const span of spans)
        for (const month of months) {
          const { first, id, last } = month;
          const after = Math.max(span.after, first - 1);
          if (month.damage !== null && Math.min(span.until, last) > after) throw damagedError(month);
          for (let until = Math.min(span.until, last); until > after; ) {
            if (!isFirst) await giveWay();
            const query = { tokens, span: { after, until }, most, isFirst };
            const positions = await ofMonth(id, () =>
              tables.newest({ source: lists, rows: listReads.rows }, id, query),
            ).catch(fail);
            isFirst = false;
            until = positions.length < most ? after : (positions.at(-1) ?? 0) - 1;
            most = Math.min(most * 2, MOST_FOUND);
            yield { positions, down: until };
          }
        }
    },
    async *unindexed({ after, until }, text) {
      // The database looks for a text much faster than a record is parsed.
      const has = (part: string): string => dialect.contains(part, "?");
      const hasText = text === null ? "" : `AND (${has('"record"')} OR ${has('"personal"')})`;
      const sql = `SELECT "seq", ${RECORD_COLUMNS} FROM journal
        WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'DECISION' ${hasText} ORDER BY "seq" DESC LIMIT ?`;
      const texts = text === null ? [] : [text, text];
      for (let top = until; top > after; ) {
        if (top < until) await giveWay();
        const read = await rows(sql, [after, top, ...texts, READ_AT_ONCE]);
        top = read.length < READ_AT_ONCE ? after : Number(read.at(-1)?.seq) - 1;
        const records = read.map((row) => ({ position: Number(row.seq), row, record: decodeDecision(row) }));
        yield { records, down: top };
      }
    },
  };
}
