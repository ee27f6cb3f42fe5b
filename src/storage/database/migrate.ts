import { MigrationExecutor, type QueryRunner } from "typeorm";
import type { RunSql } from "./connection.ts";
import { openConnection, type StatementCounter, statementCounter } from "./dataSource.ts";
import type { Dialect } from "./dialect.ts";
import { OperatorError } from "./faults.ts";
import { migrations } from "./migrations/list.ts";

type Step = (
  executor: MigrationExecutor,
  on: { readonly run: RunSql; readonly runner: QueryRunner },
) => Promise<unknown>;

/** One transaction around everything, taken by one process at a time: the others find the work done. */
async function alone(
  options: { readonly dialect: Dialect; readonly counter: StatementCounter },
  step: Step,
): Promise<void> {
  const { run, runner, close } = await openConnection({ ...options, purpose: "schema" });
  try {
    await run(options.dialect.begin);
    await options.dialect.lockSchema(run);
    const executor = new MigrationExecutor(runner.connection, runner);
    executor.transaction = "none";
    await step(executor, { run, runner });
    await run("COMMIT");
  } finally {
    // What was not committed ends with the connection.
    await close();
  }
}

/** @throws OperatorError for a database that other migrations have made than there are: it is not carried over */
async function requireKnown(executor: MigrationExecutor): Promise<void> {
  const known = new Set<string>(migrationNames());
  const other = (await executor.getExecutedMigrations()).find(({ name }) => !known.has(name));
  if (other !== undefined)
    throw new OperatorError(
      `The database has the schema ${other.name}, which this version does not know: it was made by another version. Before the first release a database is not carried over: docs/operating.md says how policy and record are kept.`,
    );
}

/** Brings the database to the newest schema. Safe when several processes start at once. */
export async function migrateUp(options: {
  readonly dialect: Dialect;
  readonly counter: StatementCounter;
}): Promise<void> {
  await alone(options, async (executor) => {
    await requireKnown(executor);
    await executor.executePendingMigrations();
  });
}

/** Takes back the newest migration, and the data that it made room for. */
export async function migrateDown(options: {
  readonly dialect: Dialect;
  readonly counter: StatementCounter;
}): Promise<void> {
  await alone(options, (executor) => executor.undoLastMigration());
}

/** The names under which a database keeps that they have run, in their order. */
export const migrationNames = (): readonly string[] => migrations.map(({ name }) => name);

/**
 * Makes the schema as these migrations make it, the first ones of the list, and does `after` with it in the same transaction.
 * `before` may throw, and then nothing is made.
 */
export async function inNewSchema(options: {
  readonly dialect: Dialect;
  readonly migrations: readonly string[];
  readonly before: (run: RunSql) => Promise<void>;
  readonly after: (on: { readonly run: RunSql; readonly runner: QueryRunner }) => Promise<void>;
}): Promise<void> {
  await alone({ dialect: options.dialect, counter: statementCounter() }, async (executor, on) => {
    await options.before(on.run);
    for (const migration of await executor.getAllMigrations())
      if (options.migrations.includes(migration.name)) await executor.executeMigration(migration);
    await options.after(on);
  });
}
