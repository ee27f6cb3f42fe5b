import type { DataSource, DataSourceOptions, QueryRunner } from "typeorm";
import type { Hints } from "../../domain/kernel/hints.ts";
import type { ChangeRows, RunSql, SelectRows, StorageLog } from "./connection.ts";

/**
 * For how long a statement waits for a lock that somebody else holds: with the heartbeat, which comes every 250 ms, whoever asks has an
 * answer, and readiness says so, within two seconds.
 */
export const LOCK_WAIT_MS = 1_350;

/** Ends statements that come by the clock and not because somebody asks: they are not counted. */
export const BY_THE_CLOCK = "/* heartbeat */";

/**
 * What a connection is for. `schema` makes the schema, at the start only. `write` is the one connection that writes decisions, `follow` the
 * one that writes what follows from them: a loss of power may take its last commits, never a part of one. `read` never writes, and the
 * database is told so.
 */
export type Purpose = "schema" | "write" | "follow" | "read";

/** What a hint is about: the policy, the directory, or an API key. */
export type HintTopic = "policy" | "directory" | "api_key";

/**
 * Everything in which the two databases differ. Both keep texts as UTF-8, compare them byte by byte and order them
 * by their bytes (SQLite BINARY, PostgreSQL COLLATE "C"). That is the order of code points; JavaScript's `<` orders
 * by UTF-16 code units, which differs only where characters above U+FFFF meet U+E000 to U+FFFF.
 */
export interface Dialect {
  readonly name: "sqlite" | "postgres";
  /** Starts a transaction that may write at once. */
  readonly begin: string;
  /** Copies what a file's log of commits has into the file, beside whoever reads and writes, once that is on disk; null: the server does. */
  readonly copyLog: string | null;
  /** The most parameters of one statement. */
  readonly maxParameters: number;
  connectionOptions(purpose: Purpose): DataSourceOptions;
  /** The path of the file that the database is; null where it is a server's. */
  readonly file: string | null;
  /** Anything that must be there before the first connection. */
  prepare(): Promise<void>;
  /** What every connection of that purpose needs before its first statement. */
  setUp(purpose: Purpose, run: RunSql): Promise<void>;
  /**
   * Proves by reading the settings back that what this connection commits survives a loss of power, and pins it.
   * @throws Error that says which setting is wrong, and how it should be.
   */
  requireDurable(run: RunSql): Promise<void>;
  /** Proves, without writing, that a decision could be put on record now. Rejects within three seconds when it could not, and within `LOCK_WAIT_MS` where somebody else holds a lock. */
  requireWritable(run: RunSql): Promise<void>;
  /** Waits, inside a transaction, until no other process makes the schema. */
  lockSchema(run: RunSql): Promise<void>;
  /** A statement: the "name" of each table of the schema that the address names. */
  readonly tableNames: string;
  /** The n-th parameter, from 1. */
  parameter(n: number): string;
  /** A condition: the text or number in `expression` is one of those in `parameter`, which `texts` makes of however many. */
  amongTexts(expression: string, parameter: string): string;
  /** Texts, or numbers, as the value of one parameter. */
  texts(values: readonly string[] | readonly number[]): unknown;
  /** A condition: the text in `expression` contains that of `parameter`, byte by byte. */
  contains(expression: string, parameter: string): string;
  /**
   * Rows of one statement when a whole policy is loaded. They come as one JSON text, which the driver hands over in a
   * fraction of the time of so many rows of values. The text must stay well below what a string of JavaScript may hold.
   */
  readonly rowsOfLoad: number;
  /** An aggregate: the rows that it is over as one JSON text, each row the array of these expressions. */
  rowsAsJson(expressions: readonly string[]): string;
  /** The same of one row: an array as text. */
  rowAsJson(expressions: readonly string[]): string;
  /** Prepares statements on the connection of a runner, past TypeORM, whose way costs more than the statement. */
  preparing(runner: QueryRunner): PreparedStatements;
  /** The same for a lookup that each decision waits for, where that costs less than to ask the source. */
  preparingReads(source: DataSource): PreparedReads;
  /** Inside a transaction: those who listen hear of the change when, and if, it commits. */
  notify(run: RunSql, topic: HintTopic, id: string): Promise<void>;
  /** Null where the database can't tell: changes are seen when they are next looked for. */
  hints(log: StorageLog): Hints | null;
}

export interface PreparedStatements {
  readonly change: ChangeRows;
  readonly select: SelectRows;
  /** Lets go of the statements; before the connection is closed. */
  release(): Promise<void>;
}

export interface PreparedReads {
  readonly rows: SelectRows;
  /** Lets go of the statements; before the source is closed. */
  release(): Promise<void>;
}

/** SQL of our own, in which each `?` is a parameter, as the dialect writes it. */
export function withParameters(dialect: Dialect, sql: string): string {
  let n = 0;
  return sql.replaceAll("?", () => dialect.parameter(++n));
}
