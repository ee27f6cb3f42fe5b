import { createHash, hash } from "node:crypto";
import { monthTable } from "../../database/baseline/search.ts";
import type { RawRow, SelectRows } from "../../database/connection.ts";
import type { Dialect } from "../../database/dialect.ts";
import { describe } from "../../database/faults.ts";
import { quickCheck } from "../../database/file/checkFile.ts";
import { openRaw, type RawSqlite } from "../../database/file/rawSqlite.ts";
import type { Found } from "./monthTables.ts";

const AT_ONCE = 500;

/** The tables in which FTS5 keeps a month, and a row of each as text, in the order of its key. */
const KEPT = [
  ["data", `quote("id") || ',' || quote("block")`, '"id"'],
  ["idx", `quote("segid") || ',' || quote("term") || ',' || quote("pgno")`, '"segid", "term"'],
  ["config", `quote("k") || ',' || quote("v")`, '"k"'],
] as const;

async function onFile<Answer>(path: string, ask: (database: RawSqlite) => Promise<Answer>): Promise<Answer> {
  const database = await openRaw(path, { mode: "read" });
  try {
    return await ask(database);
  } finally {
    await database.close();
  }
}

/** What is wrong with the pages of a month's tables; null: nothing, or, as of a server's, nobody can tell. */
export async function monthProblem({ file }: Dialect, id: number): Promise<string | null> {
  if (file === null) return null;
  return onFile(file, async (database) => {
    const known = (await database.all("SELECT name FROM sqlite_schema")).map(({ name }) => name);
    for (const [name] of KEPT) {
      const table = `${monthTable(id)}_${name}`;
      const [found] = known.includes(table) ? await quickCheck(database, table) : [];
      if (found?.kind === "DAMAGED") return found.detail;
    }
    return null;
  }).catch((error: unknown) => describe(error));
}

/**
 * SHA-256 of the rows of a month's tables as they are, a line each, as `sqlite3` prints them with `quote()`: `_data`, `_idx` and `_config` in the
 * order of their keys. On PostgreSQL of position and tokens. Null: there are none, or they can't be read.
 */
export async function digestOfMonth(
  { dialect, select }: { readonly dialect: Dialect; readonly select: SelectRows },
  id: number,
): Promise<string | null> {
  const digest = createHash("sha256");
  let lines = 0;
  const add = (rows: readonly RawRow[]): void => {
    lines += rows.length;
    for (const { line } of rows) digest.update(`${String(line)}\n`);
  };
  try {
    if (dialect.file !== null)
      await onFile(dialect.file, async (database) => {
        for (const [name, line, order] of KEPT) {
          const table = `${monthTable(id)}_${name}`;
          const part = `SELECT ${line} AS "line" FROM ${table} ORDER BY ${order} LIMIT ${AT_ONCE} OFFSET ?`;
          for (let offset = 0; ; offset += AT_ONCE) {
            const rows = await database.all(part, [offset]).catch(() => []);
            add(rows);
            if (rows.length < AT_ONCE) break;
          }
        }
      });
    else {
      const part = `SELECT "position", "position" || ',' || array_to_string("tokens", ' ') AS "line" FROM ${monthTable(id)}
        WHERE "position" > $1 ORDER BY "position" LIMIT ${AT_ONCE}`;
      for (let last = Number.MIN_SAFE_INTEGER; ; ) {
        const rows = await select(part, [last]);
        add(rows);
        if (rows.length < AT_ONCE) break;
        last = Number(rows.at(-1)?.position);
      }
    }
  } catch {
    return null;
  }
  return lines === 0 ? null : digest.digest("hex");
}

/** The digest of what was put in so far, with the next ones: of the one before, and a line of position and tokens, for each in its order. */
export const digestOfMade = (before: string | null, found: readonly Found[]): string | null =>
  found.reduce<string | null>(
    (digest, [position, tokens]) =>
      hash("sha256", `${digest ?? ""}${position},${[...tokens].sort().join(" ")}\n`, "hex"),
    before,
  );
