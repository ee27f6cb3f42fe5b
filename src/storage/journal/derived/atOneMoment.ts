import type { DataSource } from "typeorm";
import type { RawRow, RunSql } from "../../database/connection.ts";
import { runOn } from "../../database/dataSource.ts";
import { type Dialect, withParameters } from "../../database/dialect.ts";

/** Reads rows, as they all were at one moment. */
export type ReadThen = (sql: string, parameters?: readonly unknown[]) => Promise<readonly RawRow[]>;

/** Reads by several statements what is there at one moment, also while a service writes. */
export async function atOneMoment<Answer>(
  { dialect, source }: { readonly source: DataSource; readonly dialect: Dialect },
  work: (read: ReadThen) => Promise<Answer>,
): Promise<Answer> {
  const runner = source.createQueryRunner();
  const run = runOn(runner);
  try {
    await run(dialect.name === "postgres" ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN");
    try {
      return await work(async (sql, parameters = []) => (await run(withParameters(dialect, sql), parameters)).rows);
    } finally {
      await run("ROLLBACK");
    }
  } finally {
    await runner.release();
  }
}

/** The same, for who runs statements: nothing is changed by them. */
export const readingThen = (read: ReadThen, dialect: Dialect): { readonly run: RunSql; readonly dialect: Dialect } => ({
  dialect,
  run: async (sql, parameters = []) => ({ rows: await read(sql, parameters), affected: 0 }),
});
