import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ChangeAtOnce, Connection, RawRow } from "../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { isUniqueViolation } from "../../src/storage/database/faults.ts";
import { sqliteDialect } from "../../src/storage/database/sqlite.ts";
import { FOLLOWERS } from "../../src/storage/journal/followers.ts";
import { openStorageOn } from "../../src/storage/storage.ts";
import { allDecisions } from "./allDecisions.ts";
import { decision } from "./samples.ts";

let folder: string;
let connection: Connection;
let changeAtOnce: ChangeAtOnce;
const open = () =>
  openConnection({ dialect: sqliteDialect(join(folder, "t.db")), purpose: "write", counter: statementCounter() });
const rowsOf = async (sql: string): Promise<readonly RawRow[]> => (await connection.run(sql)).rows;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "at-once-"));
  connection = await open();
  await connection.run("CREATE TABLE thing (id INTEGER PRIMARY KEY, value)");
  await connection.run("CREATE TABLE place (name TEXT PRIMARY KEY, position INTEGER NOT NULL)");
  await connection.run("INSERT INTO place VALUES ('here', 0)");
  assert.ok(connection.changeAtOnce);
  changeAtOnce = connection.changeAtOnce;
});
after(async () => {
  await connection.close();
  await rm(folder, { recursive: true, force: true });
});

const isAt = (position: number) => [`(SELECT position FROM place WHERE name = ?) = ?`, ["here", position]] as const;
const moveTo = (position: number) => ["UPDATE place SET position = ? WHERE name = ?", [position, "here"]] as const;
const add = (id: unknown, value: unknown) => ["INSERT INTO thing VALUES (?, ?)", [id, value]] as const;
const ADD_ALL = `INSERT INTO thing SELECT j."value"->>0, unhex(j."value"->>1) FROM jsonb_each(jsonb(?)) AS j WHERE TRUE
  ON CONFLICT (id) DO UPDATE SET value = excluded.value`;

test("all is written in order, with parameters as they are, again and again", async () => {
  const values = [null, 'it\'s "one"\n;--?', "a\u0000b", "\u{1f600}", 2 ** 52, 1.5, Buffer.from([0, 255, 39])];
  for (const [i, value] of values.entries())
    assert.equal(await changeAtOnce({ conditions: [isAt(i)], statements: [add(i, value), moveTo(i + 1)] }), true);
  const rows = await rowsOf("SELECT value FROM thing ORDER BY id");
  assert.deepEqual(
    rows.map(({ value }) => value),
    values,
  );
  const many = JSON.stringify(values.map((_, id) => [id, "00ff"]));
  assert.equal(await changeAtOnce({ conditions: [], statements: [[ADD_ALL, [many]]] }), true);
  assert.deepEqual(await rowsOf("SELECT DISTINCT typeof(value) AS t, hex(value) AS h FROM thing"), [
    { t: "blob", h: "00FF" },
  ]);
});

test("nothing is written where a condition is not met, or is null", async () => {
  const before = await rowsOf("SELECT * FROM thing");
  const [{ position } = { position: null }] = await rowsOf("SELECT position FROM place");
  const statements = [add(100, "x"), moveTo(9)];
  const met = isAt(Number(position));
  for (const unmet of [isAt(Number(position) + 1), ["?", [0]], ["?", [null]], ["NULL = ?", [1]]] as const)
    for (const conditions of [[unmet], [met, unmet], [unmet, met]])
      assert.equal(await changeAtOnce({ conditions, statements }), false);
  assert.deepEqual(await rowsOf("SELECT * FROM thing"), before);
  assert.deepEqual(await rowsOf("SELECT position FROM place"), [{ position }]);
});

test("what fails is undone, and the connection is in no transaction", async () => {
  const before = await rowsOf("SELECT * FROM thing");
  const doubled = { conditions: [], statements: [add(101, "x"), add(0, "there already")] };
  for (let i = 0; i < 2; i++) await assert.rejects(changeAtOnce(doubled), isUniqueViolation);
  const broken = { conditions: [], statements: [add(102, "x"), ["INSERT INTO nowhere VALUES (?)", [1]] as const] };
  for (let i = 0; i < 2; i++) await assert.rejects(changeAtOnce(broken), /nowhere/);
  const few = ["INSERT INTO thing VALUES (?, ?)", [103]] as const;
  const statements = [few, ["DELETE FROM thing WHERE id IN (?)", [1, 2]] as const];
  for (let i = 0; i < 2; i++)
    await assert.rejects(changeAtOnce({ conditions: [], statements }), /has other parameters/);
  assert.deepEqual(await rowsOf("SELECT * FROM thing"), before);
  await connection.run("BEGIN IMMEDIATE");
  await connection.run("ROLLBACK");
});

test("it waits for another's transaction, and its conditions are asked after that", async () => {
  const other = await open();
  try {
    await other.run("UPDATE place SET position = 500");
    const writes = { conditions: [isAt(500)], statements: [moveTo(501)] };
    await other.run("BEGIN IMMEDIATE");
    await other.run("UPDATE place SET position = 600");
    const waiting = changeAtOnce(writes);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.run("COMMIT");
    assert.equal(await waiting, false);
    await other.run("BEGIN IMMEDIATE");
    await other.run("UPDATE place SET position = 500");
    const again = changeAtOnce(writes);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.run("COMMIT");
    assert.equal(await again, true);
    assert.deepEqual(await rowsOf("SELECT position FROM place"), [{ position: 501 }]);
  } finally {
    await other.close();
  }
});

test("what follows the journal writes its steps so", async () => {
  const dialect = sqliteDialect(join(folder, "followed.db"));
  const others: string[] = [];
  let steps = 0;
  const storage = await openStorageOn({
    clock: Date.now,
    following: { followers: FOLLOWERS, idle: () => true },
    dialect: {
      ...dialect,
      preparing(runner) {
        const { change, changeAtOnce, ...prepared } = dialect.preparing(runner);
        return {
          ...prepared,
          change(sql, parameters) {
            others.push(sql);
            return change(sql, parameters);
          },
          async changeAtOnce(writes) {
            const done = (await changeAtOnce?.(writes)) ?? false;
            if (done) steps++;
            return done;
          },
        };
      },
    },
  });
  const records = Array.from({ length: 300 }, (_, i) => decision(i));
  await storage.journal.append(records);
  assert.equal((await allDecisions(storage)).length, records.length);
  await storage.close();
  assert.ok(steps > 0);
  assert.deepEqual(
    others.filter((sql) => /decision_|scope_use|BEGIN|COMMIT/.test(sql)),
    [],
  );
});
