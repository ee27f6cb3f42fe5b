import { DataSource, type EntitySchema, type Logger, type QueryRunner } from "typeorm";
import type { ChangeRows, Connection, RunSql, SelectRows } from "./connection.ts";
import { BY_THE_CLOCK, type Dialect, type PreparedStatements, type Purpose } from "./dialect.ts";

const CLOSE_TIMEOUT_MS = 2_000;

/** Counts statements; prints nothing, since statements carry patient data. */
export interface StatementCounter extends Logger {
  count: number;
}

export function statementCounter(): StatementCounter {
  const ignore = (): void => {};
  return {
    count: 0,
    logQuery(sql: string) {
      if (!sql.endsWith(BY_THE_CLOCK)) this.count++;
    },
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}

export interface OpenOptions {
  readonly dialect: Dialect;
  readonly purpose: Purpose;
  readonly counter: StatementCounter;
  /** What the query builder is asked for. */
  readonly entities?: readonly EntitySchema[];
}

export async function openDataSource({ dialect, purpose, counter, entities = [] }: OpenOptions): Promise<DataSource> {
  const source = new DataSource({
    ...dialect.connectionOptions(purpose),
    entities: [...entities],
    synchronize: false,
    logger: counter,
  });
  return source.initialize();
}

export const runOn =
  (runner: QueryRunner): RunSql =>
  async (sql, parameters = []) => {
    const result = await runner.query(sql, [...parameters], true);
    return { rows: result.records, affected: result.affected ?? 0 };
  };

/** Closes without fail: a broken connection may never answer, and is of no more use. */
export async function closeQuietly(source: DataSource, prepared?: PreparedStatements): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  const closed = (async () => {
    await prepared?.release();
    await source.destroy();
  })();
  await Promise.race([closed.catch(() => {}), late]);
  clearTimeout(timer);
}

/** A connection that nothing else uses, in a data source of its own. */
export async function openConnection(options: OpenOptions): Promise<Connection & { readonly runner: QueryRunner }> {
  const source = await openDataSource(options);
  const runner = source.createQueryRunner();
  const run = runOn(runner);
  try {
    await options.dialect.setUp(options.purpose, run);
  } catch (error) {
    await closeQuietly(source);
    throw error;
  }
  const prepared = options.dialect.preparing(runner);
  const change: ChangeRows = (sql, parameters) => {
    options.counter.count++;
    return prepared.change(sql, parameters);
  };
  const select: SelectRows = (sql, parameters) => {
    options.counter.count++;
    return prepared.select(sql, parameters);
  };
  return { run, change, select, runner, close: () => closeQuietly(source, prepared) };
}
