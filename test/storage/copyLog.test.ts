import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { copyLog } from "../../src/storage/database/copyLog.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { sqliteDialect } from "../../src/storage/database/sqlite.ts";

const ROW = "x".repeat(50_000);
const PAGES_OF_ROW = 12;
let dir = "";
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "copy-log-"));
});
after(() => rm(dir, { recursive: true, force: true }));

/** A database whose commits leave its log to others, and commits of a row each, of 50 kB. */
async function opened(name: string) {
  const dialect = sqliteDialect(join(dir, name));
  const { checkpoints } = dialect;
  assert.ok(checkpoints !== null);
  await dialect.prepare();
  const open = () => openConnection({ dialect, purpose: "write", counter: statementCounter() });
  const [writing, copying] = [await open(), await open()];
  await writing.run(checkpoints.leave);
  await writing.run("CREATE TABLE row (text TEXT)");
  const logBytes = async () => (await stat(join(dir, `${name}-wal`))).size;
  return {
    checkpoints,
    logBytes,
    write: () => writing.run("INSERT INTO row VALUES (?)", [ROW]),
    query: async (sql: string) => (await copying.run(sql)).rows,
    count: async () => (await writing.run("SELECT COUNT(*) AS n FROM row")).rows[0]?.n,
    close: async () => {
      await copying.close();
      await writing.close();
    },
  };
}

test("the log is copied beside the commits and begins anew, the last of it in a turn of the writer", async () => {
  const database = await opened("copied.db");
  let turns = 0;
  let tail: Promise<unknown> = Promise.resolve();
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    turns++;
    return next(work);
  };
  const copying = copyLog({ ...database, inTurn, everyActs: 10 });
  for (let n = 1; n <= 200; n++) {
    await next(database.write);
    copying.appended(n);
  }
  await copying.close();
  const [log] = await database.query(database.checkpoints.copy);
  assert.ok(Number(log?.log) < 200 * PAGES_OF_ROW, `${log?.log} pages: it never began anew`);
  assert.ok(turns > 0);
  assert.equal(await database.count(), 200);
  await database.close();
});

test("a commit copies the log itself where nobody else does", async () => {
  const database = await opened("left.db");
  for (let n = 1; n <= 200; n++) await database.write();
  assert.ok((await database.logBytes()) > 9_000_000, "it is left to whoever copies");
  for (let n = 1; n <= 1_800; n++) await database.write();
  assert.ok((await database.logBytes()) < 80_000_000, "and not for ever");
  await database.close();
});

test("what fails is left to the next time, and none begins after the end", async () => {
  const database = await opened("fails.db");
  let asked = 0;
  const query = async (sql: string) => {
    asked++;
    if (asked === 1) throw new Error("busy");
    return database.query(sql);
  };
  const copying = copyLog({ ...database, query, inTurn: (work) => work(), everyActs: 1 });
  copying.appended(1);
  copying.appended(2);
  await new Promise((resolve) => setImmediate(resolve));
  copying.appended(3);
  await copying.close();
  assert.ok(asked >= 2);
  const before = asked;
  copying.appended(100);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked, before);
  await database.close();
});
