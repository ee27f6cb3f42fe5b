import { MigrationExecutor } from "typeorm";
import { openConnection, type StatementCounter } from "./dataSource.ts";
import type { Dialect } from "./dialect.ts";

type Step = (executor: MigrationExecutor) => Promise<unknown>;

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
    await step(executor);
    await run("COMMIT");
  } finally {
    // What was not committed ends with the connection.
    await close();
  }
}

/** Brings the database to the newest schema. Safe when several processes start at once. */
export async function migrateUp(options: {
  readonly dialect: Dialect;
  readonly counter: StatementCounter;
}): Promise<void> {
  await alone(options, (executor) => executor.executePendingMigrations());
}

/** Takes back the newest migration, and the data that it made room for. */
export async function migrateDown(options: {
  readonly dialect: Dialect;
  readonly counter: StatementCounter;
}): Promise<void> {
  await alone(options, (executor) => executor.undoLastMigration());
}
