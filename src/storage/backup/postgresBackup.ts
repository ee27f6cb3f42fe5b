import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { PoolClient } from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { RunSql } from "../database/connection.ts";
import { openConnection, statementCounter } from "../database/dataSource.ts";
import type { Dialect } from "../database/dialect.ts";
import { requireSchema, SCHEMA } from "../database/schema.ts";
import { type BackedUp, beginBackup, finishBackup, type OnProgress } from "./backupFile.ts";
import { type BackedUpTable, beginLine, endLine, FORMAT, readParts, TABLE_ENDS, tableLine } from "./postgresFormat.ts";

/** The tables of our schema that hold rows, those that others refer to first, with the columns that can be written. */
async function readTables(run: RunSql): Promise<readonly (BackedUpTable & { readonly rows: number })[]> {
  const { rows } = await run(`SELECT c.relname AS name, GREATEST(c.reltuples, 0)::BIGINT AS rows,
      json_agg(a.attname ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.oid, c.relname, c.reltuples ORDER BY c.oid`);
  return rows.map((row) => ({
    name: String(row.name),
    columns: row.columns as readonly string[],
    rows: Number(row.rows),
  }));
}

async function readSequences(run: RunSql): Promise<Readonly<Record<string, string>>> {
  const { rows } = await run(`SELECT sequencename AS name, last_value::TEXT AS value FROM pg_sequences
    WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY 1`);
  return Object.fromEntries(rows.map((row) => [String(row.name), String(row.value)]));
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const columnsOf = (table: BackedUpTable): string => table.columns.map(quoted).join(", ");

/**
 * All tables as of one moment, in PostgreSQL's own COPY format, compressed. Decisions go on meanwhile. The file has the digest of
 * what is in it, and is read again before it gets its name.
 */
export async function backUpPostgres({
  dialect,
  output,
  progress,
}: {
  readonly dialect: Dialect;
  readonly output: string;
  readonly progress: OnProgress;
}): Promise<BackedUp> {
  const part = await beginBackup(output);
  try {
    const connection = await openConnection({ dialect, purpose: "schema", counter: statementCounter() });
    let end = 0;
    try {
      const { run, runner } = connection;
      const client = (await runner.connect()) as PoolClient;
      await run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await requireSchema({ run, dialect });
      const tables = await readTables(run);
      end = Number((await run('SELECT COALESCE(MAX("seq"), 0) AS last FROM journal')).rows[0]?.last);
      const sequences = await readSequences(run);
      const hash = createHash("sha256");
      const total = tables.reduce((sum, { rows }) => sum + rows, 0);
      let rows = 0;
      async function* lines(): AsyncGenerator<Buffer> {
        const hashed = (chunk: Buffer): Buffer => {
          hash.update(chunk);
          return chunk;
        };
        yield hashed(Buffer.from(beginLine({ format: FORMAT, schema: SCHEMA, sequences, end })));
        for (const table of tables) {
          yield hashed(Buffer.from(tableLine({ name: table.name, columns: table.columns })));
          const copied = client.query(copyTo(`COPY ${quoted(table.name)} (${columnsOf(table)}) TO STDOUT`));
          for await (const chunk of copied as AsyncIterable<Buffer>) yield hashed(chunk);
          rows += copied.rowCount;
          progress(Math.min(rows, total), Math.max(rows, total));
          yield hashed(Buffer.from(TABLE_ENDS));
        }
        yield Buffer.from(endLine({ tables: tables.length, rows, sha256: hash.digest("hex") }));
      }
      await pipeline(lines, createGzip({ level: 4 }), createWriteStream(part, { flags: "r+" }));
      await run("COMMIT");
    } finally {
      await connection.close();
    }
    // What can't be read again is no backup.
    for await (const _ of readParts(createReadStream(part).pipe(createGunzip())));
    const sha256 = await finishBackup(part, output);
    return { database: "postgres", end, bytes: (await stat(output)).size, sha256 };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
