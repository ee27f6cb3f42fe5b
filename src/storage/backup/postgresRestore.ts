import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { PoolClient } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { RunSql } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { OperatorError } from "../database/faults.ts";
import { inNewSchema, SCHEMA } from "../database/schema.ts";
import { monthOfTable, monthTables } from "../journal/search/monthTables.ts";
import type { BackedUp, OnProgress } from "./backupFile.ts";
import { columnsOf, quoted } from "./postgresBackup.ts";
import { type BackedUpDatabase, type BackedUpTable, type BackupPart, readParts } from "./postgresFormat.ts";

async function requireEmpty(run: RunSql): Promise<void> {
  const { rows } = await run(`SELECT relname AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v') ORDER BY 1 LIMIT 1`);
  if (rows[0] !== undefined)
    throw new OperatorError(`the database holds the table ${rows[0].name}: a backup is only put in an empty place`);
}

function requireKnown({ schema }: BackedUpDatabase): void {
  if (schema !== SCHEMA)
    throw new OperatorError(
      `the backup has schema ${schema}, and this version works with schema ${SCHEMA}: restore it with a version that has that schema`,
    );
}

/** Rows go in as they were: nothing that guards or fills tables for the service may look at them, and sequences go on after them. */
async function emptied(run: RunSql): Promise<readonly string[]> {
  const { rows } = await run(`SELECT relname AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY oid`);
  const all = rows.map((row) => String(row.name));
  // Months of the index come with the backup.
  for (const table of all) if (monthOfTable(table) !== null) await run(`DROP TABLE ${quoted(table)}`);
  const tables = all.filter((table) => monthOfTable(table) === null);
  for (const table of tables) await run(`ALTER TABLE ${quoted(table)} DISABLE TRIGGER USER`);
  await run(`TRUNCATE ${tables.map(quoted).join(", ")}`);
  return tables;
}

/** The rows that follow in the backup, into their table. */
async function copyInto(
  { client, run }: { readonly client: PoolClient; readonly run: RunSql },
  {
    dialect,
    table,
    tables,
    parts,
    taken,
  }: {
    readonly dialect: Dialect;
    readonly table: BackedUpTable;
    readonly tables: readonly string[];
    readonly parts: AsyncGenerator<BackupPart>;
    readonly taken: () => void;
  },
): Promise<void> {
  const month = monthOfTable(table.name);
  if (month !== null) for (const statement of monthTables(dialect).create(month)) await run(statement);
  else if (!tables.includes(table.name))
    throw new OperatorError(`the backup has a table ${table.name}, which is none of Scopewarden's`);
  async function* rows(): AsyncGenerator<Buffer> {
    for (let next = await parts.next(); !next.done && next.value.kind === "rows"; next = await parts.next()) {
      yield Buffer.concat(next.value.lines);
      taken();
    }
  }
  const into = client.query(copyFrom(`COPY ${quoted(table.name)} (${columnsOf(table)}) FROM STDIN`));
  await pipeline(rows, into);
}

/** All in one transaction: a backup that is not whole leaves the place empty. */
export async function restorePostgres({
  dialect,
  backup,
  sha256,
  progress,
}: {
  readonly dialect: Dialect;
  readonly backup: string;
  readonly sha256: string;
  readonly progress: OnProgress;
}): Promise<BackedUp> {
  const { size } = await stat(backup);
  const source = createReadStream(backup);
  const parts = readParts(source.pipe(createGunzip()));
  const first = (await parts.next()).value;
  if (first?.kind !== "database") throw new OperatorError("the backup has no beginning");
  const { database } = first;
  requireKnown(database);
  await inNewSchema({
    dialect,
    before: requireEmpty,
    async after({ run, runner }) {
      const client = (await runner.connect()) as PoolClient;
      const tables = await emptied(run);
      const taken = (): void => progress(source.bytesRead, size);
      for await (const part of parts) {
        if (part.kind === "table")
          await copyInto({ client, run }, { dialect, table: part.table, tables, parts, taken });
      }
      for (const [name, value] of Object.entries(database.sequences))
        await run("SELECT setval($1::regclass, $2::BIGINT)", [quoted(name), value]);
      for (const table of tables) await run(`ALTER TABLE ${quoted(table)} ENABLE TRIGGER USER`);
    },
  });
  return { database: "postgres", end: database.end, bytes: size, sha256 };
}
