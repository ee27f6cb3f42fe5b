/** A row as the driver gives it: column name to value. */
export type RawRow = Readonly<Record<string, unknown>>;

interface QueryOutcome {
  readonly rows: readonly RawRow[];
  /** Rows that an INSERT, UPDATE or DELETE changed. */
  readonly affected: number;
}

/** Runs one SQL statement. Parameters are written as the dialect asks for them. */
export type RunSql = (sql: string, parameters?: readonly unknown[]) => Promise<QueryOutcome>;

/** Runs a statement that is prepared once and kept, and answers with the number of rows that it changed. */
export type ChangeRows = (sql: string, parameters: readonly unknown[]) => Promise<number>;

/** One database connection. After an error that is not understood it is closed and never used again. */
export interface Connection {
  readonly run: RunSql;
  /** For what is written all the time: the same statement texts, again and again. */
  readonly change: ChangeRows;
  close(): Promise<void>;
}

/** What storage tells an operator. Never holds SQL text, parameters or row contents. */
export type StorageLog = (entry: {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly detail?: string;
}) => void;
