import type { QueryRunner } from "typeorm";
import { columnTypes } from "./baseline/columnTypes.ts";
import { rooms } from "./baseline/rooms.ts";
import type { RunSql } from "./connection.ts";
import { openConnection, type StatementCounter, statementCounter } from "./dataSource.ts";
import type { Dialect } from "./dialect.ts";
import { OperatorError } from "./faults.ts";

/** The number of the schema that `baseline/` makes, and that this version works with. It is raised with every change there. */
export const SCHEMA = 7;

interface On {
  readonly run: RunSql;
  readonly dialect: Dialect;
}

/** The number of a database's schema; `unnumbered`: it was made before schemas had one; null: there is nothing of Scopewarden. */
async function schemaOf({ run, dialect }: On): Promise<number | "unnumbered" | null> {
  const tables = (await run(dialect.tableNames)).rows.map(({ name }) => name);
  if (!tables.includes("schema_version")) return tables.includes("journal") ? "unnumbered" : null;
  const { rows } = await run('SELECT "version" FROM "schema_version"');
  return rows[0] === undefined ? "unnumbered" : Number(rows[0].version);
}

/**
 * Whether there is a schema, and it is the one of this version; false: the database is empty.
 * @throws OperatorError for any other schema, which is not carried over
 */
export async function hasSchema(on: On): Promise<boolean> {
  const schema = await schemaOf(on);
  if (schema === null || schema === SCHEMA) return schema !== null;
  const which = schema === "unnumbered" ? "a schema of before they were numbered" : `schema ${schema}`;
  throw new OperatorError(
    `The database has ${which}, and this version works with schema ${SCHEMA}. Before the first release a database is not carried over: policy and directory go by files, and the old record is read by \`record verify --file\`, \`record verify-proof\` and \`record open-archive\`. See "Upgrade" in docs/operating.md.`,
  );
}

/** @throws OperatorError for an empty database, and for one with any other schema than that of this version */
export async function requireSchema(on: On): Promise<void> {
  if (!(await hasSchema(on)))
    throw new OperatorError("there is nothing of Scopewarden in the database that DATABASE_URL names");
}

/** One transaction around everything, taken by one process at a time: the others find the work done. */
async function alone(
  options: { readonly dialect: Dialect; readonly counter: StatementCounter },
  step: (on: { readonly run: RunSql; readonly runner: QueryRunner }) => Promise<void>,
): Promise<void> {
  const { run, runner, close } = await openConnection({ ...options, purpose: "schema" });
  try {
    await run(options.dialect.begin);
    await options.dialect.lockSchema(run);
    await step({ run, runner });
    await run("COMMIT");
  } finally {
    // What was not committed ends with the connection.
    await close();
  }
}

async function make({ run, dialect }: On): Promise<void> {
  const types = columnTypes[dialect.name];
  for (const room of rooms) for (const statement of room(types)) await run(statement);
  await run(`CREATE TABLE "schema_version" ("version" ${types.integer} NOT NULL PRIMARY KEY)`);
  await run(`INSERT INTO "schema_version" VALUES (${SCHEMA})`);
}

/**
 * Makes the schema in an empty database, whole or not at all. Safe when several processes start at once.
 * @throws OperatorError where there is another schema
 */
export async function makeSchema(options: {
  readonly dialect: Dialect;
  readonly counter: StatementCounter;
}): Promise<void> {
  const { dialect } = options;
  await alone(options, async ({ run }) => {
    if (!(await hasSchema({ run, dialect }))) await make({ run, dialect });
  });
}

/** Makes the schema and does `after` with it in the same transaction. `before` may throw, and then nothing is made. */
export async function inNewSchema(options: {
  readonly dialect: Dialect;
  readonly before: (run: RunSql) => Promise<void>;
  readonly after: (on: { readonly run: RunSql; readonly runner: QueryRunner }) => Promise<void>;
}): Promise<void> {
  const { dialect } = options;
  await alone({ dialect, counter: statementCounter() }, async (on) => {
    await options.before(on.run);
    await make({ run: on.run, dialect });
    await options.after(on);
  });
}
