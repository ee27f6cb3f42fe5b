/** What the two databases write differently in one schema. */
export interface ColumnTypes {
  readonly postgres: boolean;
  /** Compared and ordered by its bytes. */
  readonly text: string;
  readonly integer: string;
  readonly boolean: string;
  readonly bytes: string;
  /** The type of a whole number that is a table's key: SQLite then takes it as the row's own number, without an index. */
  readonly rowNumber: string;
  /** The type of a key that the database counts up by itself. */
  readonly numbered: string;
  /** After a table's columns: its rows stand in the order of its key, without a number of their own. */
  readonly inOrderOfKey: string;
  /** An expression: the member of a column of JSON, as text. */
  member(column: string, name: string): string;
}

/** The statements that make a part of the newest schema in an empty database. */
export type Room = (types: ColumnTypes) => readonly string[];

const SQLITE: ColumnTypes = {
  postgres: false,
  text: "TEXT",
  integer: "BIGINT",
  boolean: "BOOLEAN",
  bytes: "BLOB",
  rowNumber: "INTEGER",
  numbered: "INTEGER NOT NULL PRIMARY KEY",
  inOrderOfKey: " WITHOUT ROWID",
  member: (column, name) => `(${column}->>'${name}')`,
};

const POSTGRES: ColumnTypes = {
  ...{ postgres: true, integer: "BIGINT", boolean: "BOOLEAN", bytes: "BYTEA", rowNumber: "BIGINT", inOrderOfKey: "" },
  // "C" compares bytes, as SQLite does by default, whatever the locale of the database.
  text: 'TEXT COLLATE "C"',
  numbered: "BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
  member: (column, name) => `(${column}::jsonb->>'${name}')`,
};

export const columnTypes: { readonly [Name in "sqlite" | "postgres"]: ColumnTypes } = {
  sqlite: SQLITE,
  postgres: POSTGRES,
};
