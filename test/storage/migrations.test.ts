import assert from "node:assert/strict";
import { test } from "node:test";
import { NOUNS } from "../../src/domain/policy/types.ts";
import { apiKeyColumns } from "../../src/storage/callers/apiKeyTable.ts";
import { entryColumns } from "../../src/storage/cases/caseEntries.ts";
import { caseColumns } from "../../src/storage/cases/caseTable.ts";
import { CLIENTS, CONSENTS, clientColumns, consentColumns } from "../../src/storage/consent/consentTables.ts";
import { type Column, column } from "../../src/storage/database/columns.ts";
import { statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { migrateDown, migrateUp } from "../../src/storage/database/migrate.ts";
import { migrations } from "../../src/storage/database/migrations/list.ts";
import { retryWhileBusy } from "../../src/storage/database/retryWhileBusy.ts";
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
import type { Backend } from "./backends.ts";
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

onEveryBackend("migrations", ({ open, backend }) => {
  test("up from nothing, again without effect, and down to nothing", async () => {
    const url = await backend().fresh();
    const options = { dialect: dialectOf(url), counter: statementCounter() };
    await options.dialect.prepare();
    await migrateUp(options);
    const up = await columns(backend(), url);
    assert.ok(up.has("journal") && up.has("policy_rule") && up.has("api_key"));
    await migrateUp(options);
    assert.equal((await backend().raw(url, "SELECT * FROM schema_migration")).length, migrations.length);
    for (const _ of migrations) await migrateDown(options);
    assert.deepEqual(
      [...(await columns(backend(), url)).keys()].filter((table) => table !== "schema_migration"),
      [],
    );
    await migrateUp(options);
    assert.deepEqual(await columns(backend(), url), up);
  });

  test("a tree of the record that is taken back begins at the beginning when it is made again", async () => {
    const url = await backend().fresh();
    const options = { dialect: dialectOf(url), counter: statementCounter() };
    await options.dialect.prepare();
    await migrateUp(options);
    await backend().raw(url, "INSERT INTO journal_follower (name, position) VALUES ('record_tree', 7)");
    while ((await columns(backend(), url)).has("record_tile")) await migrateDown(options);
    assert.deepEqual(await backend().raw(url, "SELECT * FROM journal_follower"), []);
  });

  test("of several open alerts of one matter the newest has it after the upgrade, and each names the one before it", async () => {
    const url = await backend().fresh();
    await (await open(url)).close();
    const options = { dialect: dialectOf(url), counter: statementCounter() };
    while ((await columns(backend(), url)).get("watch_story")?.includes("matter")) await migrateDown(options);
    for (const [n, id] of ["a", "b", "c"].entries())
      await backend().raw(
        url,
        `INSERT INTO watch_story ("id", "entity_kind", "entity_id", "first_at", "last_at", "points", "count", "severity", "detectors",
          "patient", "last_decision_id", "opened_at") VALUES ('${id}', 'SUBJECT', 'user/bill', ${n}, ${n}, 71, 1, 'MEDIUM',
          '["UNRELATED_PATIENT"]', 'p7', 'd', ${n})`,
      );
    await migrateUp(options);
    const sql = 'SELECT "id", "matter", "earlier_id", "rank" FROM watch_story ORDER BY "id"';
    assert.deepEqual(await backend().raw(url, sql), [
      { id: "a", matter: null, earlier_id: null, rank: "UNEXPLAINED" },
      { id: "b", matter: null, earlier_id: "a", rank: "UNEXPLAINED" },
      { id: "c", matter: "Patient/p7", earlier_id: "b", rank: "UNEXPLAINED" },
    ]);
  });

  test("replays and back-tests of before stand in one table after the upgrade, and in two when it is taken back", async () => {
    const url = await backend().fresh();
    await (await open(url)).close();
    const options = { dialect: dialectOf(url), counter: statementCounter() };
    const kept = () =>
      backend().raw(url, 'SELECT "id", "kind", "base_revision", "detector", "from", "result" FROM "job" ORDER BY "id"');
    while ((await columns(backend(), url)).has("job")) await migrateDown(options);
    const [names, values] = [
      `"id", "owner", "state", "progress", "read", "input_sha256", "created_at", "seen_at"`,
      "'c', 'DONE', 1000, 1, '', 1, 1",
    ];
    await backend().raw(
      url,
      `INSERT INTO "replay_job" (${names}, "base_revision", "replay") VALUES ('a', ${values}, 7, '{}')`,
    );
    await backend().raw(
      url,
      `INSERT INTO "backtest_job" (${names}, "detector", "from", "to") VALUES ('b', ${values}, 'FREQUENCY', 1, 2)`,
    );
    await migrateUp(options);
    const jobs = (await kept()).map((row) =>
      Object.values(row).map((value) => (value === null ? null : String(value))),
    );
    assert.deepEqual(jobs, [
      ["a", "REPLAY", "7", null, null, "{}"],
      ["b", "BACKTEST", null, "FREQUENCY", "1", null],
    ]);
    while ((await columns(backend(), url)).has("job")) await migrateDown(options);
    assert.equal((await backend().raw(url, 'SELECT 1 FROM "replay_job"')).length, 1);
    assert.equal((await backend().raw(url, 'SELECT 1 FROM "backtest_job"')).length, 1);
    await migrateUp(options);
    assert.equal((await kept()).length, 2);
  });

  test("what the code reads and writes is what the migrations make", async () => {
    const url = await backend().fresh();
    await open(url);
    const made = await columns(backend(), url);
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
    for (const [table, own] of wanted) assert.deepEqual(made.get(table), own.map(({ name }) => name).sort(), table);
  });

  test("a database of another version is refused by the name of what it does not know, and stays as it is", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.close();
    await backend().raw(url, "INSERT INTO schema_migration (timestamp, name) VALUES (17955, 'Other17955')");
    await assert.rejects(open(url), /Other17955.*Before the first release a database is not carried over/);
    assert.equal((await backend().raw(url, "SELECT * FROM schema_migration")).length, migrations.length + 1);
  });

  test("several starts at once migrate once", async () => {
    const url = await backend().fresh();
    const started = await Promise.all(Array.from({ length: 4 }, () => open(url)));
    assert.ok(started.every((storage) => storage.journal.ready));
    assert.equal((await backend().raw(url, "SELECT * FROM schema_migration")).length, migrations.length);
  });

  test("a migration that fails leaves nothing behind", async () => {
    const url = await backend().fresh();
    const dialect = dialectOf(url);
    await dialect.prepare();
    await backend().raw(url, "CREATE TABLE api_key (id INTEGER)");
    await assert.rejects(retryWhileBusy(() => migrateUp({ dialect, counter: statementCounter() })));
    assert.equal((await columns(backend(), url)).has("journal"), false);
    await backend().raw(url, "DROP TABLE api_key");
    await open(url);
  });
});
