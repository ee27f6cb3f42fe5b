import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NOUNS } from "../../src/domain/policy/types.ts";
import { backUp } from "../../src/storage/backup/backup.ts";
import { apiKeyColumns } from "../../src/storage/callers/apiKeyTable.ts";
import { entryColumns } from "../../src/storage/cases/caseEntries.ts";
import { caseColumns } from "../../src/storage/cases/caseTable.ts";
import { inspectDatabase } from "../../src/storage/check/inspectDatabase.ts";
import { CLIENTS, CONSENTS, clientColumns, consentColumns } from "../../src/storage/consent/consentTables.ts";
import { type Column, column } from "../../src/storage/database/columns.ts";
import { statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { retryWhileBusy } from "../../src/storage/database/retryWhileBusy.ts";
import { makeSchema, SCHEMA } from "../../src/storage/database/schema.ts";
import { jobColumns } from "../../src/storage/jobs/jobStore.ts";
import { indexColumns, journalColumns, SEQ } from "../../src/storage/journal/journalTables.ts";
import {
  baselineColumns,
  findingColumns,
  lifeColumns,
  settingColumns,
  storyColumns,
  suppressionColumns,
  watchedColumns,
} from "../../src/storage/monitoring/watchTables.ts";
import { policyTables, revisionColumns, storedColumns } from "../../src/storage/policy/policyTables.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { type Backend, backends } from "./backends.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

async function columns({ name, raw }: Backend, url: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const sql =
    name === "sqlite"
      ? `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'`
      : `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = current_schema()`;
  const found = new Map<string, string[]>();
  for (const row of await raw(url, sql)) {
    const table = String(row.table);
    found.set(table, [...(found.get(table) ?? []), String(row.column)].sort());
  }
  return found;
}

onEveryBackend("the schema", ({ open, backend }) => {
  const versions = async (url: string) =>
    (await backend().raw(url, "SELECT version FROM schema_version")).map(({ version }) => Number(version));
  async function made(): Promise<string> {
    const url = await backend().fresh();
    const dialect = dialectOf(url);
    await dialect.prepare();
    await makeSchema({ dialect, counter: statementCounter() });
    return url;
  }

  test("is made from nothing, and again without effect", async () => {
    const url = await made();
    const before = await columns(backend(), url);
    assert.ok(before.has("journal") && before.has("policy_rule") && before.has("api_key"));
    await makeSchema({ dialect: dialectOf(url), counter: statementCounter() });
    assert.deepEqual(await columns(backend(), url), before);
    assert.deepEqual(await versions(url), [SCHEMA]);
  });

  test("what the code reads and writes is what the baseline makes", async () => {
    const tables = await columns(backend(), await made());
    const wanted: readonly (readonly [string, readonly Column[]])[] = [
      ["journal", [SEQ, ...Object.values(journalColumns)]],
      ["decision_index", [SEQ, ...Object.values(indexColumns)]],
      ["policy_revision", revisionColumns],
      ["api_key", apiKeyColumns],
      ["job", jobColumns],
      [CONSENTS, [...consentColumns, column("until", "integer")]],
      [CLIENTS, clientColumns],
      ["watched_decision", watchedColumns],
      ["watch_baseline", baselineColumns],
      ["watch_finding", [SEQ, ...findingColumns]],
      ["watch_story", [...storyColumns, ...lifeColumns]],
      ["watch_suppression", suppressionColumns],
      ["case_file", caseColumns],
      ["case_entry", entryColumns],
      ["watch_detector", settingColumns],
      ...NOUNS.map((noun) => [policyTables[noun].name, storedColumns[noun]] as const),
    ];
    for (const [table, own] of wanted) assert.deepEqual(tables.get(table), own.map(({ name }) => name).sort(), table);
  });

  for (const { change, told, what } of [
    {
      what: "with another number",
      change: "UPDATE schema_version SET version = 99",
      told: new RegExp(
        `has schema 99, and this version works with schema ${SCHEMA}\\. Before the first release a database is not carried over`,
      ),
    },
    {
      what: "without a number",
      change: "DROP TABLE schema_version",
      told: /has a schema of before they were numbered.*is not carried over/,
    },
  ])
    test(`${what} is refused by whoever opens it, also where its tables differ, and stays as it is`, async () => {
      const url = await backend().fresh();
      const storage = await open(url);
      await storage.journal.append([decision(1)]);
      await storage.close();
      await backend().raw(url, change);
      await backend().raw(url, 'ALTER TABLE policy_client DROP COLUMN "care_critical"');
      await backend().raw(url, "DROP TABLE journal_archive");
      const before = await columns(backend(), url);
      await assert.rejects(open(url), told);
      await assert.rejects(openRecord(url), told);
      await assert.rejects(
        backUp(url, join(tmpdir(), `scopewarden-schema-${process.pid}.backup`), () => {}),
        told,
      );
      if (backend().name === "sqlite") await assert.rejects(inspectDatabase(url), told);
      assert.deepEqual(await columns(backend(), url), before);
    });

  test("several starts at once make it once", async () => {
    const url = await backend().fresh();
    const started = await Promise.all(Array.from({ length: 4 }, () => open(url)));
    assert.ok(started.every((storage) => storage.journal.ready));
    assert.deepEqual(await versions(url), [SCHEMA]);
  });

  test("one that can't be made whole leaves nothing behind", async () => {
    const url = await backend().fresh();
    const dialect = dialectOf(url);
    await dialect.prepare();
    await backend().raw(url, "CREATE TABLE api_key (id INTEGER)");
    await assert.rejects(retryWhileBusy(() => makeSchema({ dialect, counter: statementCounter() })));
    assert.deepEqual([...(await columns(backend(), url)).keys()], ["api_key"]);
    await backend().raw(url, "DROP TABLE api_key");
    await open(url);
  });
});

test("a table that is missing from a file keeps the service from starting", async () => {
  const [sqlite] = backends;
  assert.ok(sqlite);
  const backend = await sqlite.start();
  const url = await backend.fresh();
  const dialect = dialectOf(url);
  await dialect.prepare();
  await makeSchema({ dialect, counter: statementCounter() });
  await backend.raw(url, "DROP TABLE directory_revision");
  await assert.rejects(openStorage({ url, clock: Date.now }), /no such table: directory_revision/);
  await backend.stop();
});
