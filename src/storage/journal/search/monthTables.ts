import type { DataSource } from "typeorm";
import { columnTypes } from "../../database/baseline/columnTypes.ts";
import { createMonth, monthTable } from "../../database/baseline/search.ts";
import type { RawRow, RunSql, SelectRows, Statement } from "../../database/connection.ts";
import { type Dialect, withParameters } from "../../database/dialect.ts";
import { jsonRows } from "../../database/jsonRows.ts";

/** A position in the journal, and the tokens by which it is found. */
export type Found = readonly [position: number, tokens: readonly string[]];

/** Positions after one up to and with another. */
export interface Span {
  readonly after: number;
  readonly until: number;
}

/** Pages of an index that are merged after a batch of 64: so many take some milliseconds. Of a longer one as many more. */
const MERGED_PAGES = 16;
const pagesAfter = (added: number): number => Math.max(MERGED_PAGES, Math.ceil((added * MERGED_PAGES) / 64));
/** Positions, the newest that are asked for, that PostgreSQL looks through one by one: of common tokens these have enough. */
const LOOKED_THROUGH = 5_000;

/** How one of the two databases keeps the tokens of a month, in a table of its own, and finds by them. `id` is the month's. */
export interface MonthTables {
  create(id: number): readonly string[];
  /** Also of one that is damaged in what FTS5 keeps. */
  drop(id: number): readonly string[];
  /** Adds positions, none of which is there yet. */
  add(id: number, found: readonly Found[]): Statement;
  /** Takes positions away; the tokens must be just those under which each was added, or some of them stay. */
  remove(id: number, found: readonly Found[]): Statement;
  /** Does a part of what keeps the table of a month in shape, after so many were added to it; 0: the month is over. */
  tend(id: number, added: number, run: RunSql): Promise<void>;
  /** The newest positions of a span that have all of some tokens, so many at most. */
  newest(
    on: { readonly source: DataSource; readonly rows: SelectRows },
    id: number,
    query: {
      readonly tokens: readonly string[];
      readonly span: Span;
      readonly most: number;
      readonly isFirst: boolean;
    },
  ): Promise<readonly number[]>;
  /** All positions after one that have any of some tokens: a SELECT of one column. */
  withAny(id: number, tokens: readonly string[], after: number): Statement;
  /** All tokens of a span of positions, in no order. */
  all(source: DataSource, id: number, span: Span): AsyncGenerator<Found>;
}

const MONTH_TABLE = /^search_(\d+)$/;
/** Of which month a table is; null: of none. */
export const monthOfTable = (name: string): number | null => {
  const [, id] = MONTH_TABLE.exec(name) ?? [];
  return id === undefined ? null : Number(id);
};

const numbers = (rows: readonly RawRow[]): readonly number[] => rows.map(({ position }) => Number(position));

/** Tokens begin with one of these. */
const FIRST_DIGITS = "0123456789abcdef";

function sqliteTables(dialect: Dialect): MonthTables {
  const { integer, rows, text } = jsonRows(dialect);
  const sql = (statement: string): string => withParameters(dialect, statement);
  const matching = (tokens: readonly string[], operator: "AND" | "OR"): string =>
    tokens.map((token) => `"${token}"`).join(` ${operator} `);
  const asRows = (found: readonly Found[]): string =>
    JSON.stringify(found.map(([position, tokens]) => [position, tokens.join(" ")]));
  return {
    create: (id) => createMonth(columnTypes.sqlite, id),
    // FTS5 can't open a table, not even to drop it, without the number of its format.
    drop: (id) => [
      `CREATE TABLE IF NOT EXISTS ${monthTable(id)}_config (k PRIMARY KEY, v) WITHOUT ROWID`,
      `INSERT OR REPLACE INTO ${monthTable(id)}_config VALUES ('version', 4)`,
      `DROP TABLE IF EXISTS ${monthTable(id)}_token`,
      `DROP TABLE ${monthTable(id)}`,
    ],
    add: (id, found) => [
      sql(`INSERT INTO ${monthTable(id)} (rowid, tokens) SELECT ${integer(0)}, ${text(1)} FROM ${rows}`),
      [asRows(found)],
    ],
    remove: (id, found) => [
      sql(
        `INSERT INTO ${monthTable(id)} (${monthTable(id)}, rowid, tokens) SELECT 'delete', ${integer(0)}, ${text(1)} FROM ${rows}`,
      ),
      [asRows(found)],
    ],
    async tend(id, added, run) {
      const table = monthTable(id);
      if (added === 0) {
        const [row] = (await run(`SELECT MIN("segid") < MAX("segid") AS "several" FROM ${table}_idx`)).rows;
        if (!row?.several) return;
      }
      // A negative number has all its parts made one, a small step at a time.
      await run(
        `INSERT INTO ${table} (${table}, rank) VALUES ('merge', ${added === 0 ? -MERGED_PAGES : pagesAfter(added)})`,
      );
    },
    newest: async ({ rows }, id, { most, span, tokens }) =>
      numbers(
        await rows(
          `SELECT rowid AS "position" FROM ${monthTable(id)} WHERE ${monthTable(id)} MATCH ?1 AND rowid > ?2 AND rowid <= ?3
            ORDER BY rowid DESC LIMIT ?4`,
          [matching(tokens, "AND"), span.after, span.until, most],
        ),
      ),
    withAny: (id, tokens, after) => [
      `SELECT rowid FROM ${monthTable(id)} WHERE ${monthTable(id)} MATCH ? AND rowid > ?`,
      [matching(tokens, "OR"), after],
    ],
    async *all(source, id, { after, until }) {
      const some = `SELECT "term", group_concat("doc") AS "docs" FROM ${monthTable(id)}_token
        WHERE "term" >= ?1 AND "term" < ?2 AND "doc" > ?3 AND "doc" <= ?4 GROUP BY "term"`;
      for (const first of FIRST_DIGITS)
        for (const second of FIRST_DIGITS) {
          const from = `${first}${second}`;
          for (const row of await source.query<RawRow[]>(some, [from, `${from}g`, after, until]))
            for (const position of String(row.docs).split(",")) yield [Number(position), [String(row.term)]];
        }
    },
  };
}

/** What PostgreSQL takes for tokens: it has no statistics of rare ones, and would walk through everything for one. */
const FORCED = ["enable_seqscan", "enable_indexscan", "enable_indexonlyscan"]
  .map((name) => `SET LOCAL ${name} = off`)
  .join("; ");

/** A connection on which several statements are one question. */
interface Client {
  query(text: string): Promise<readonly { readonly rows: readonly RawRow[] }[]>;
}

function postgresTables(dialect: Dialect): MonthTables {
  const { integer, rows, text } = jsonRows(dialect);
  const sql = (statement: string): string => withParameters(dialect, statement);
  const arrayOf = (tokens: readonly string[]): string => `{${tokens.map((token) => BigInt(`0x${token}`)).join(",")}}`;
  const where = ({ after, until }: Span): string => `"position" > ${after} AND "position" <= ${until}`;
  return {
    create: (id) => createMonth(columnTypes.postgres, id),
    drop: (id) => [`DROP TABLE ${monthTable(id)}`],
    add: (id, found) => [
      sql(
        `INSERT INTO ${monthTable(id)} ("position", "tokens") SELECT ${integer(0)}, (${text(1)})::BIGINT[] FROM ${rows}`,
      ),
      [JSON.stringify(found.map(([position, tokens]) => [position, arrayOf(tokens)]))],
    ],
    remove: (id, found) => [
      sql(`DELETE FROM ${monthTable(id)} WHERE "position" IN (SELECT ${integer(0)} FROM ${rows})`),
      [JSON.stringify(found.map(([position]) => [position]))],
    ],
    async tend() {},
    async newest({ source }, id, { isFirst, most, span, tokens }) {
      const find = (those: Span, count: number): string =>
        `SELECT "position" FROM ${monthTable(id)} WHERE "tokens" @> '${arrayOf(tokens)}'::BIGINT[] AND ${where(those)} ORDER BY "position" DESC LIMIT ${count}`;
      const middle = isFirst ? Math.max(span.after, span.until - LOOKED_THROUGH) : span.until;
      const found =
        middle < span.until
          ? numbers(await source.query<RawRow[]>(find({ after: middle, until: span.until }, most)))
          : [];
      if (found.length === most || middle <= span.after) return found;
      const runner = source.createQueryRunner();
      try {
        const client = (await runner.connect()) as Client;
        const answers = await client.query(
          `${FORCED}; ${find({ after: span.after, until: middle }, most - found.length)}`,
        );
        return [...found, ...numbers(answers.at(-1)?.rows ?? [])];
      } finally {
        await runner.release();
      }
    },
    withAny: (id, tokens, after) => [
      `SELECT "position" FROM ${monthTable(id)} WHERE "tokens" && ?::BIGINT[] AND "position" > ?`,
      [arrayOf(tokens), after],
    ],
    async *all(source, id, { after, until }) {
      const part = `SELECT "position", array_to_string("tokens", ' ') AS "tokens" FROM ${monthTable(id)}
        WHERE "position" > $1 AND "position" <= $2 ORDER BY "position" LIMIT 2000`;
      for (let last = after; ; ) {
        const read = await source.query<RawRow[]>(part, [last, until]);
        for (const row of read) {
          last = Number(row.position);
          yield [
            last,
            String(row.tokens)
              .split(" ")
              .map((each) => BigInt(each).toString(16).padStart(15, "0")),
          ];
        }
        if (read.length < 2_000) return;
      }
    },
  };
}

export const monthTables = (dialect: Dialect): MonthTables =>
  dialect.name === "sqlite" ? sqliteTables(dialect) : postgresTables(dialect);
