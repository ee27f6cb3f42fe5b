import type { QueryRunner } from "typeorm";

/** Column types under which both databases keep and compare alike. */
export interface ColumnTypes {
  readonly text: string;
  readonly integer: string;
  readonly boolean: string;
}

export const isPostgres = (runner: QueryRunner): boolean => runner.connection.options.type === "postgres";

export function columnTypes(runner: QueryRunner): ColumnTypes {
  // "C" compares bytes, as SQLite does by default, whatever the locale of the database.
  return { text: isPostgres(runner) ? 'TEXT COLLATE "C"' : "TEXT", integer: "BIGINT", boolean: "BOOLEAN" };
}

export async function runAll(runner: QueryRunner, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await runner.query(statement);
}
