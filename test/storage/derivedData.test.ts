import assert from "node:assert/strict";
import { before, test } from "node:test";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { NOUNS } from "../../src/domain/policy/types.ts";
import { closeQuietly, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openReadConnections } from "../../src/storage/database/readConnections.ts";
import { compareIndex } from "../../src/storage/journal/compareIndex.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import { followed, recordMonths } from "../support/archives.ts";
import { client, grant, revision, role, rule, scope } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

/*
 * What decides, and what can hide a decision, is verified: a wrong value in any column of these tables is told. Tables and columns come from
 * the schema, so that a new one without an answer here is red.
 */

/** What changes no answer: who works until when, a number by which rows are told apart, and words about a row that is named as it stands. */
const HARMLESS: ReadonlySet<string> = new Set([
  "journal_follower.holder",
  "journal_follower.lease_until",
  "act_set_aside.error",
  "act_set_aside.at",
  // Nothing reads these of a month that is not damaged, but that a search learns of a change.
  ...["damages", "made_to", "found_digest", "made_digest"].map((name) => `search_month.${name}`),
]);
/** What other tables are, of which nothing is planted here. */
const OTHERS: Readonly<Record<string, string>> = {
  ...of("the record and what proves it: verifyRecord.test.ts", [
    "journal",
    "record_checkpoint",
    "record_key",
    "record_tile",
    "journal_archive",
  ]),
  ...of("compared with each act: compareIndex.test.ts", ["decision_index"]),
  ...of("keys and consents, whose steps are acts, but of which no table is compared", [
    "api_key",
    "consent",
    "consent_change",
    "consent_client",
  ]),
  ...of("cases, whose steps are acts", ["case_entry", "case_file", "reminder", "weekly_sample"]),
  ...of("what is watched, which needs more than the record", [
    ...["watch_baseline", "watch_detector", "watch_finding", "watch_story", "watch_suppression", "watch_taken"],
    ...["watched_access", "watched_decision", "watched_directory"],
  ]),
  ...of("of the service itself", [
    "job",
    "journal_probe",
    "retention",
    "retention_passed",
    "schema_version",
    "service_secret",
    "webhook_delivery",
  ]),
};
function of(what: string, tables: readonly string[]) {
  return Object.fromEntries(tables.map((table) => [table, what]));
}

/** What the database itself refuses to be planted. */
const REFUSED: readonly string[] = [
  ...["policy_assignment.client_id", "policy_unfinished.only", "policy_unfinished.writing"],
  ...["policy_unfinished.revision", "policy_unfinished.step"],
];

/** A wrong value, as SQL, of the row that is planted in; a row that is put in where the table has none. */
const TABLES: Readonly<Record<string, { readonly where: string; readonly insert?: string; readonly stays?: boolean }>> =
  {
    search_mark: { where: `"mark" = 0` },
    search_month: { where: `"id" = (SELECT MAX("id") FROM search_month)` },
    rollup: {
      where: `"dimension" = 1 AND "grain" = 0 AND "bucket" = (SELECT MAX("bucket") FROM rollup WHERE "dimension" = 1 AND "grain" = 0)`,
    },
    rollup_key: { where: `"id" = (SELECT MIN("id") FROM rollup_key WHERE "dimension" = 2)` },
    journal_follower: { where: `"name" = 'decision_index'` },
    act_set_aside: { where: "TRUE", insert: `INSERT INTO act_set_aside VALUES ('decision_index', 7, 'x', 1)` },
    ...Object.fromEntries(NOUNS.map((noun) => [`policy_${noun}`, { where: "TRUE" }])),
    policy_revision: { where: "TRUE" },
    policy_unfinished: { where: "TRUE", stays: true },
    directory_entity: { where: "TRUE" },
    directory_revision: { where: "TRUE" },
    journal_counted: { where: "TRUE", insert: `INSERT INTO journal_counted VALUES ('decision_index', 7)` },
  };

const ASSIGNMENT = {
  ...{ subjectId: "ada", subjectType: "user", clientId: null, role: "nurse", organization: "*" },
  ...{ validFrom: null, validUntil: null },
};
const ORGANIZATION = {
  ...{ id: "st-mary", name: null, consentOnSilence: null, specialProtection: null, purposeRequired: null },
  ...{ patientScopesReachShared: null, accessRequestMaxMinutes: null, consentRequests: null, breakGlass: null },
  ...{
    emergencyOverridesRefusal: null,
    part2Program: null,
    alertResponses: null,
    retentionYears: null,
    legalHold: null,
    justification: null,
  },
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
  /** How many differences are told, of the policy and the directory alone or of what follows. */
  async function told(table: string): Promise<number> {
    if (!/^(policy|directory)_/.test(table)) {
      const { damaged, derived, differences } = await compared();
      return damaged.length + derived.length + differences.length;
    }
    const record = await openRecord(url);
    assert.ok(record);
    const { directory, policy } = await record.compareHistories().finally(() => record.close());
    return directory.differences.length + policy.differences.length;
  }
  async function tablesOf(): Promise<readonly string[]> {
    const sql =
      backend().name === "sqlite"
        ? `SELECT "name" FROM sqlite_schema WHERE "type" = 'table'`
        : `SELECT table_name AS "name" FROM information_schema.tables WHERE table_schema = current_schema()`;
    // The tables of the months: compareIndex.test.ts.
    return (await raw(sql)).map(({ name }) => String(name)).filter((name) => !/^(sqlite|search_\d)/.test(name));
  }
  async function columnsOf(table: string): Promise<readonly { readonly name: string; readonly type: string }[]> {
    const sql =
      backend().name === "sqlite"
        ? `SELECT "name", "type" FROM pragma_table_info('${table}')`
        : `SELECT column_name AS "name", data_type AS "type" FROM information_schema.columns WHERE table_name = '${table}' AND table_schema = current_schema()`;
    return (await raw(sql)).map(({ name, type }) => ({ name: String(name), type: String(type).toLowerCase() }));
  }
  function wrong(name: string, type: string): string {
    if (name === "effect") return `'DENY'`;
    if (type.startsWith("text")) return `'["wrong"]'`;
    if (type.startsWith("bool")) return `NOT COALESCE("${name}", FALSE)`;
    return `COALESCE("${name}", 0) + 5000000`;
  }
  /** Plants something, says how many differences are told, or that it was refused, and puts the table back. */
  async function planted(table: string, statements: readonly string[]): Promise<number | "refused"> {
    const columns = await columnsOf(table);
    const system =
      backend().name === "postgres" && columns.some(({ name }) => name === "id") && !table.startsWith("policy_");
    await raw(`CREATE TABLE kept AS SELECT * FROM ${table}`);
    let found: number | "refused" = "refused";
    try {
      for (const statement of statements) await raw(statement);
      found = await told(table);
    } catch (error) {
      assert.match(String(error), /constraint/i);
    }
    await raw(`DELETE FROM ${table}`);
    await raw(`INSERT INTO ${table} ${system ? "OVERRIDING SYSTEM VALUE " : ""}SELECT * FROM kept`);
    await raw("DROP TABLE kept");
    return found;
  }

  before(async () => {
    url = await backend().fresh();
    const storage = await open(url, { following: { searchClock: () => 0 } });
    await recordMonths(storage, ["2024-02", "2024-03"], 100);
    await storage.policy.commit(
      revision(1, [
        changeOf("client", null, client("app")),
        changeOf("scope", null, scope("labs")),
        changeOf("role", null, role("nurse")),
        changeOf("grant", null, grant("app", "labs")),
        changeOf("assignment", null, ASSIGNMENT),
        changeOf("rule", null, rule("r1")),
        changeOf("organization", null, ORGANIZATION),
      ]),
    );
    await storage.directory.commit({
      ...{ author: "seed", reason: "a test", committedAt: 5, remove: [] },
      put: [{ type: "user", id: "ada", properties: { vip: true } }],
    });
    await followed(storage);
    await storage.close();
  });

  test("as it was derived, it says what the record says", async () => {
    assert.deepEqual(await compared(), { damaged: [], differences: [], derived: [], behind: 0 });
  });

  test("every table of the schema is verified here, or it is said what it is", async () => {
    const known = [...Object.keys(TABLES), ...Object.keys(OTHERS)].sort();
    assert.deepEqual([...(await tablesOf())].sort(), known);
  });

  for (const [table, { insert, stays = false, where }] of Object.entries(TABLES))
    test(`a wrong value in any column of ${table} is told, and a row taken out`, async () => {
      const columns = await columnsOf(table);
      assert.ok(columns.length > 1, table);
      const refused: string[] = [];
      for (const { name, type } of columns) {
        const at = `${table}.${name}`;
        if (
          HARMLESS.has(at) ||
          (backend().name === "postgres" && name === "id" && insert === undefined && !table.startsWith("policy_"))
        )
          continue;
        const update = `UPDATE ${table} SET "${name}" = ${wrong(name, type)} WHERE ${where}`;
        const found = await planted(table, insert === undefined ? [update] : [insert, update]);
        if (found === "refused") refused.push(at);
        else assert.ok(found > 0, at);
      }
      assert.deepEqual(
        refused,
        REFUSED.filter((at) => at.startsWith(`${table}.`)),
      );
      if (insert === undefined && !stays)
        assert.ok(
          Number(await planted(table, [`DELETE FROM ${table} WHERE ${where}`])) > 0,
          `${table}, a row taken out`,
        );
      assert.equal(await told(table), 0);
    });
});
