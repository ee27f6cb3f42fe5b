import assert from "node:assert/strict";
import { before, test } from "node:test";
import { closeQuietly, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openReadConnections } from "../../src/storage/database/readConnections.ts";
import { compareIndex } from "../../src/storage/journal/compareIndex.ts";
import { token } from "../../src/storage/journal/search/tokens.ts";
import { decisionAt, followed, recordMonths, tombstone } from "../support/archives.ts";
import { eraseBefore } from "./eraseBefore.ts";
import { decision, grantDecision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const EACH = 150;
const APRIL = Date.parse("2024-04-20T00:00:00Z");

onEveryBackend("the search index against the record", ({ backend, open }) => {
  let url: string;
  let end = 0;
  const raw = (sql: string) => backend().raw(url, sql);
  const one = async (sql: string) => Number((await raw(`SELECT ${sql} AS "n"`))[0]?.n);

  async function compared(upTo = Number.MAX_SAFE_INTEGER) {
    const dialect = dialectOf(url);
    const source = await openReadConnections({ dialect, counter: statementCounter() });
    try {
      return await compareIndex({ source, dialect, end: upTo, progress: () => undefined });
    } finally {
      await closeQuietly(source);
    }
  }
  /** Of what somebody with the database's password does, and undoes, what is told. */
  async function toldOf(statements: readonly string[], undo: readonly string[]) {
    for (const statement of statements) await raw(statement);
    const { differences } = await compared();
    for (const statement of undo) await raw(statement);
    return differences;
  }

  before(async () => {
    url = await backend().fresh();
    const storage = await open(url, {
      following: { searchClock: () => 0 },
    });
    await recordMonths(storage, ["2024-02", "2024-03", "2024-04"], EACH);
    const { resource, ...request } = decision(1).request;
    const several = { ...resource, patient: null, patients: ["pat-a", "pat-b", "pat-c"] };
    const rules = ["r-2", "r-1"].map((ruleId) => ({ ...decision(1).reasons[0], ruleId }) as never);
    await storage.journal.append([
      decisionAt(APRIL, 9_001, { request: { ...request, resource: several } }),
      decisionAt(APRIL, 9_002, { reasons: rules }),
      { ...grantDecision(9_003), decidedAt: APRIL },
    ] as never);
    await followed(storage);
    assert.deepEqual(await compared(), { damaged: [], differences: [], derived: [], behind: 0 });
    assert.ok((await eraseBefore(storage, Date.parse("2024-03-20T00:00:00Z"))) > EACH);
    const archive = await tombstone(storage, "2024-02");
    await storage.archives.remove(archive, () => undefined);
    await followed(storage);
    await storage.close();
    end = await one(`(SELECT MAX("seq") FROM decision_index)`);
    if (backend().name === "postgres")
      for (const table of ["journal", "decision_index"]) await raw(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    else
      for (const { name } of await raw("SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
        await raw(`DROP TRIGGER "${name}"`);
  });

  test("says the same, also of what was erased and archived", async () => {
    assert.ok((await one(`(SELECT COUNT(*) FROM decision_index WHERE "erased")`)) > 0);
    assert.equal(await one(`(SELECT COUNT(*) FROM journal WHERE "seq" <= ${EACH} AND "kind" = 'DECISION')`), 0);
    assert.deepEqual(await compared(), { damaged: [], differences: [], derived: [], behind: 0 });
  });

  test("what was taken out, put in or changed of a row, or of its tokens, is told, with its month", async () => {
    const at = end - 2;
    const copied = (table: string, where: string) => ({
      keep: `CREATE TABLE kept AS SELECT * FROM ${table} WHERE ${where}`,
      back: [`INSERT INTO ${table} SELECT * FROM kept`, "DROP TABLE kept"],
    });
    const cases: (readonly [
      what: string,
      sql: readonly string[],
      undo: readonly string[],
      position: number,
      count?: number,
    ])[] = [];
    for (const [what, table, where, position, count = 1] of [
      ["a row", "decision_index", `"seq" = ${at}`, at],
    ] as const) {
      const { back, keep } = copied(table, where);
      cases.push([what, [keep, `DELETE FROM ${table} WHERE ${where}`], back, position, count]);
    }
    for (const [column, value] of [
      ["patient", "'somebody'"],
      ["patient", "NULL"],
      ["outcome", "'DENY'"],
      ["subject_id", "'mallory'"],
      ["reason_codes", "'|BREAK_GLASS|'"],
      ["rule_ids", "NULL"],
      ["decided_at", "5"],
      ["erased", "TRUE"],
    ] as const) {
      const { back, keep } = copied("decision_index", `"seq" = ${end - 1}`);
      const change = `UPDATE decision_index SET "${column}" = ${value} WHERE "seq" = ${end - 1}`;
      cases.push([
        `${column} = ${value}`,
        [keep, change],
        [`DELETE FROM decision_index WHERE "seq" = ${end - 1}`, ...back],
        end - 1,
      ]);
    }
    const table = `search_${await one('(SELECT MAX("id") FROM search_month)')}`;
    const secret = String((await raw(`SELECT "value" FROM service_secret WHERE "name" = 'search'`))[0]?.value);
    const [lost, strange] = [token(secret, "patient", "pat-b"), token(secret, "patient", "carl")];
    const number = (each: string): string => `${BigInt(`0x${each}`)}::BIGINT`;
    const isSqlite = backend().name === "sqlite";
    const put = (each: string): string =>
      isSqlite
        ? `INSERT INTO ${table} (rowid, tokens) VALUES (${at}, '${each}')`
        : `UPDATE ${table} SET "tokens" = "tokens" || ${number(each)} WHERE "position" = ${at}`;
    const take = (each: string): string =>
      isSqlite
        ? `INSERT INTO ${table} (${table}, rowid, tokens) VALUES ('delete', ${at}, '${each}')`
        : `UPDATE ${table} SET "tokens" = array_remove("tokens", ${number(each)}) WHERE "position" = ${at}`;
    cases.push(["a patient of several", [take(lost)], [put(lost)], at]);
    cases.push(["a patient put in", [put(strange)], [take(strange)], at]);
    for (const [what, sql, undo, position, decisions = 1] of cases)
      assert.deepEqual(await toldOf(sql, undo), [{ month: "2024-04", decisions, position }], what);
    assert.deepEqual((await compared()).differences, []);
  });

  test("the months are apart, each with its count and its first", async () => {
    const [march, april] = [EACH + 5, 2 * EACH + 20];
    const gone = `"seq" IN (${march}, ${april}, ${april + 1})`;
    const undo = ["INSERT INTO decision_index SELECT * FROM kept", "DROP TABLE kept"];
    const taken = [
      `CREATE TABLE kept AS SELECT * FROM decision_index WHERE ${gone}`,
      `DELETE FROM decision_index WHERE ${gone}`,
    ];
    const acts = async (position: number) =>
      JSON.parse(String((await raw(`SELECT record FROM journal WHERE seq = ${position}`))[0]?.record))
        .decidedAt as number;
    const months = await Promise.all(
      [march, april].map(async (at) => new Date(await acts(at)).toISOString().slice(0, 7)),
    );
    assert.deepEqual(await toldOf(taken, undo), [
      { month: months[0], decisions: 1, position: march },
      { month: months[1], decisions: 2, position: april },
    ]);
  });

  test("a row of a decision that is not on record is told", async () => {
    const strange = `CREATE TABLE kept AS SELECT * FROM decision_index WHERE "seq" = ${end}`;
    const put = [strange, `UPDATE kept SET "seq" = 3`, "INSERT INTO decision_index SELECT * FROM kept"];
    const undo = ["DROP TABLE kept", `DELETE FROM decision_index WHERE "seq" = 3`];
    assert.deepEqual(await toldOf(put, undo), [{ month: "2024-04", decisions: 1, position: 3 }]);
  });

  test("what the index has not taken yet is behind, and not gone", async () => {
    const to = end - 10;
    const behind = await one(`(SELECT COUNT(*) FROM journal WHERE "kind" = 'DECISION' AND "seq" > ${to})`);
    assert.ok(behind > 5);
    await raw(`UPDATE journal_follower SET "position" = ${to} WHERE "name" = 'decision_index'`);
    await raw(`DELETE FROM decision_index WHERE "seq" > ${to}`);
    const { derived: _, ...found } = await compared();
    assert.deepEqual(found, { damaged: [], differences: [], behind });
  });
});
