import type { DataSource } from "typeorm";
import { columnTypes } from "../../database/baseline/columnTypes.ts";
import { rollup } from "../../database/baseline/rollup.ts";
import type { RawRow } from "../../database/connection.ts";
import type { Dialect } from "../../database/dialect.ts";
import { openRaw, type RawSqlite } from "../../database/file/rawSqlite.ts";
import { atOneMoment, type ReadThen } from "./atOneMoment.ts";

/** Rows of one statement. */
const ROWS = 2_000;

/** A table that is derived from decisions, as it is copied: its columns, and those of its key. */
interface KeptTable {
  readonly table: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

/** What of the derived tables is compared by a copy, which is made at one moment. */
const KEPT: readonly KeptTable[] = [
  { table: "rollup_key", columns: ["id", "dimension", "day", "digest", "key", "last_at"], key: ["id"] },
  {
    table: "rollup",
    columns: ["dimension", "grain", "bucket", "key", "n"],
    key: ["dimension", "grain", "bucket", "key"],
  },
  { table: "search_mark", columns: ["mark", "first_at", "last_at"], key: ["mark"] },
  { table: "search_month", columns: ["id", "month", "first_position", "erased_to", "rebuilt_to"], key: ["id"] },
  { table: "journal_follower", columns: ["name", "position"], key: ["name"] },
  { table: "journal_counted", columns: ["name", "position"], key: ["name"] },
  { table: "act_set_aside", columns: ["consumer", "position"], key: ["consumer", "position"] },
];

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
const marks = (names: readonly string[]): string => names.map(() => "?").join(", ");

/** PostgreSQL gives large numbers as texts. */
const TEXTS: readonly string[] = ["digest", "key", "name", "consumer"];
const copied = (table: string, name: string, value: unknown): unknown =>
  value === null || value === undefined || (TEXTS.includes(name) && !(table === "rollup" && name === "key"))
    ? value
    : Number(value);

/** On a database of its own, in a file without a name, so that it takes disk and no memory. */
export interface KeptTables {
  /** `kept_<table>` are the copies; `rollup` and `rollup_key` are empty. */
  readonly on: RawSqlite;
  /** What else was read at that moment. */
  readonly others: readonly (readonly RawRow[])[];
}

async function copy(on: RawSqlite, query: ReadThen, { columns, key, table }: KeptTable): Promise<void> {
  await on.all(`CREATE TABLE kept_${table} (${list(columns)})`);
  let last: readonly unknown[] | null = null;
  for (;;) {
    const after = last === null ? "" : ` WHERE (${list(key)}) > (${marks(key)})`;
    const rows: readonly RawRow[] = await query(
      `SELECT ${list(columns)} FROM ${table}${after} ORDER BY ${list(key)} LIMIT ${ROWS}`,
      last ?? [],
    );
    const values = JSON.stringify(rows.map((row) => columns.map((name) => copied(table, name, row[name]))));
    await on.all(
      `INSERT INTO kept_${table} SELECT ${columns.map((_, i) => `"value"->>${i}`).join(", ")} FROM json_each(?)`,
      [values],
    );
    const end = rows.at(-1);
    if (end === undefined || rows.length < ROWS) return;
    last = key.map((name) => end[name]);
  }
}

/** Copies the derived tables as they are at one moment, also while the service writes them. Rows of `others` are read at that moment, too. */
export async function keepTables(
  deps: { readonly source: DataSource; readonly dialect: Dialect },
  others: readonly string[],
): Promise<KeptTables> {
  const on = await openRaw("", { mode: "create" });
  try {
    await on.all("PRAGMA journal_mode = OFF");
    await on.all("BEGIN");
    return await atOneMoment(deps, async (query) => {
      for (const table of KEPT) await copy(on, query, table);
      const read: (readonly RawRow[])[] = [];
      for (const sql of others) read.push(await query(sql));
      for (const statement of rollup(columnTypes.sqlite)) await on.all(statement);
      await on.all('CREATE INDEX kept_id ON kept_rollup_key ("id")');
      await on.all('CREATE INDEX kept_digest ON kept_rollup_key ("digest")');
      return { on, others: read };
    });
  } catch (error) {
    await on.close();
    throw error;
  }
}
