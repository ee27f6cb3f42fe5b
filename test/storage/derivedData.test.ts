import assert from "node:assert/strict";
import { before, test } from "node:test";
import { closeQuietly, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openReadConnections } from "../../src/storage/database/readConnections.ts";
import { compareIndex } from "../../src/storage/journal/compareIndex.ts";
import { recordMonths } from "../support/archives.ts";
import { onEveryBackend } from "./suite.ts";

/** What changes no answer: who works until when, a number by which rows are told apart, and words about a row that is named as it stands. */
const HARMLESS: ReadonlySet<string> = new Set([
  "journal_follower.holder",
  "journal_follower.lease_until",
  "act_set_aside.error",
  "act_set_aside.at",
  // Nothing reads these of a month that is not damaged, but that a search learns of a change.
  ...["damages", "made_to", "found_digest", "made_digest"].map((name) => `search_month.${name}`),
]);
/** A wrong value, as SQL, of the row that is planted in; a row that is put in where the table has none. */
const TABLES: Readonly<Record<string, { readonly where: string; readonly insert?: string }>> = {
  search_mark: { where: `"mark" = 0` },
  search_month: { where: `"id" = (SELECT MAX("id") FROM search_month)` },
  rollup: {
    where: `"dimension" = 1 AND "grain" = 0 AND "bucket" = (SELECT MAX("bucket") FROM rollup WHERE "dimension" = 1 AND "grain" = 0)`,
  },
  rollup_key: { where: `"id" = (SELECT MIN("id") FROM rollup_key WHERE "dimension" = 2)` },
  journal_follower: { where: `"name" = 'decision_index'` },
  act_set_aside: { where: "TRUE", insert: `INSERT INTO act_set_aside VALUES ('decision_index', 7, 'x', 1)` },
  journal_counted: { where: "TRUE", insert: `INSERT INTO journal_counted VALUES ('decision_index', 7)` },
};

onEveryBackend("derived data against the record", ({ backend, open }) => {
  let url: string;
  const raw = (sql: string) => backend().raw(url, sql);

  async function compared() {
    const dialect = dialectOf(url);
    const source = await openReadConnections({ dialect, counter: statementCounter() });
    try {
      return await compareIndex({ source, dialect, end: Number.MAX_SAFE_INTEGER, progress: () => undefined });
    } finally {
      await closeQuietly(source);
    }
  }
  async function columnsOf(table: string): Promise<readonly { readonly name: string; readonly isText: boolean }[]> {
    const sql =
      backend().name === "sqlite"
        ? `SELECT "name", "type" FROM pragma_table_info('${table}')`
        : `SELECT column_name AS "name", data_type AS "type" FROM information_schema.columns WHERE table_name = '${table}' AND table_schema = current_schema()`;
    return (await raw(sql)).map(({ name, type }) => ({
      name: String(name),
      isText: String(type).toLowerCase().startsWith("text"),
    }));
  }

  before(async () => {
    url = await backend().fresh();
    const storage = await open(url, { following: { searchClock: () => 0 } });
    await recordMonths(storage, ["2024-02", "2024-03"], 100);
    await storage.close();
  });

  test("as it was derived, it says what the record says", async () => {
    assert.deepEqual(await compared(), { damaged: [], differences: [], derived: [], behind: 0 });
  });

  test("a wrong value in any column is told", async () => {
    for (const [table, { insert, where }] of Object.entries(TABLES)) {
      const columns = await columnsOf(table);
      assert.ok(columns.length > 1, table);
      for (const { isText, name } of columns) {
        const at = `${table}.${name}`;
        if (HARMLESS.has(at) || (backend().name === "postgres" && name === "id")) continue;
        const type = isText ? `'["wrong"]'` : `COALESCE("${name}", 0) + 5000000`;
        await raw(`CREATE TABLE kept AS SELECT * FROM ${table}`);
        if (insert !== undefined) await raw(insert);
        await raw(`UPDATE ${table} SET "${name}" = ${type} WHERE ${where}`);
        const { damaged, derived, differences } = await compared();
        await raw(`DELETE FROM ${table}`);
        const system = backend().name === "postgres" && columns.some((one) => one.name === "id");
        await raw(`INSERT INTO ${table} ${system ? "OVERRIDING SYSTEM VALUE " : ""}SELECT * FROM kept`);
        await raw("DROP TABLE kept");
        assert.ok(damaged.length + derived.length + differences.length > 0, at);
      }
      await raw(`CREATE TABLE kept AS SELECT * FROM ${table}`);
      if (insert === undefined) {
        await raw(`DELETE FROM ${table} WHERE ${where}`);
        const { derived } = await compared();
        await raw(`DELETE FROM ${table}`);
        const system = backend().name === "postgres" && columns.some((one) => one.name === "id");
        await raw(`INSERT INTO ${table} ${system ? "OVERRIDING SYSTEM VALUE " : ""}SELECT * FROM kept`);
        assert.ok(derived.length > 0, `${table}, a row taken out`);
      }
      await raw("DROP TABLE kept");
    }
    assert.deepEqual(await compared(), { damaged: [], differences: [], derived: [], behind: 0 });
  });
});
