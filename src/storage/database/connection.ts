/** A row as the driver gives it: column name to value. */
export type RawRow = Readonly<Record<string, unknown>>;

interface QueryOutcome {
  readonly rows: readonly RawRow[];
  /** Rows that an INSERT, UPDATE or DELETE changed. */
  readonly affected: number;
}

/** Runs one SQL statement. Parameters are written as the dialect asks for them. */
export type RunSql = (sql: string, parameters?: readonly unknown[]) => Promise<QueryOutcome>;

/** What a prepared statement did. */
export interface Changed extends QueryOutcome {
  /** The row id of the last row that this connection has inserted; 0 where the database has no row ids (PostgreSQL). */
  readonly lastRowId: number;
}

/** Runs a statement that is prepared once and kept. On SQLite it answers with no rows. */
export type ChangeRows = (sql: string, parameters: readonly unknown[]) => Promise<Changed>;

/** Runs a SELECT that is prepared once and kept, where that costs less. */
export type SelectRows = (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;

/** A statement with its parameters, as the dialect asks for them. */
export type Statement = readonly [sql: string, parameters: readonly unknown[]];

/** One database connection. After an error that is not understood it is closed and never used again. */
export interface Connection {
  readonly run: RunSql;
  /** For what is written all the time: the same statement texts, again and again. */
  readonly change: ChangeRows;
  /** For what is read all the time, likewise. */
  readonly select: SelectRows;
  close(): Promise<void>;
}

/** What storage tells an operator. Never holds SQL text, parameters or row contents. */
export type StorageLog = (entry: {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly detail?: string;
}) => void;
