import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, test } from "node:test";
import type { DecisionFilter } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { policyRevisionAct } from "../../src/domain/record/acts.ts";
import type { RunSql } from "../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { requirePostgresDurable } from "../../src/storage/database/postgres.ts";
import { createPutOnRecord } from "../../src/storage/journal/acts.ts";
import { encodeDecision } from "../../src/storage/journal/decisionRow.ts";
import { journalSql } from "../../src/storage/journal/journalSql.ts";
import { openStorage, type Storage } from "../../src/storage/storage.ts";
import { storedKey } from "../support/keys.ts";
import { allDecisions } from "./allDecisions.ts";
import { eraseBefore } from "./eraseBefore.ts";
import { type PostgresServer, startPostgres } from "./postgresServer.ts";
import { client, decision, revision } from "./samples.ts";
import { until } from "./waiting.ts";

const made = { author: "key:admin", reason: "a test", committedAt: 1, changes: 0, changesSha256: "" };
const key = storedKey("k");

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

/** Appends one at a time from ten sides, until told to stop; notes what was acknowledged and what was refused. */
function startLoad(storage: Storage) {
  const acknowledged: string[] = [];
  const refused: number[] = [];
  let next = 0;
  let going = true;
  const stream = async (): Promise<void> => {
    while (going) {
      const n = next++;
      await storage.journal.append([decision(n)]).then(
        ([stored]) => acknowledged.push(stored?.record.id ?? "none"),
        async (error: { code?: string }) => {
          assert.equal(error.code, "JOURNAL_UNAVAILABLE");
          refused.push(n);
          await until(storage.journal, true);
        },
      );
    }
  };
  const streams = Promise.all(Array.from({ length: 10 }, stream));
  return {
    acknowledged,
    refused,
    /** Waits for so many more acknowledgements. */
    async more(count: number): Promise<void> {
      const wanted = acknowledged.length + count;
      while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 1));
    },
    async stop(): Promise<void> {
      going = false;
      await streams;
    },
  };
}

const storedIds = async (storage: Storage, filter: DecisionFilter = {}): Promise<readonly string[]> =>
  (await allDecisions(storage, filter)).map(({ id }) => id);

function assertExactlyOnce(ids: readonly string[], acknowledged: readonly string[]): void {
  assert.equal(new Set(ids).size, ids.length, "none twice");
  const there = new Set(ids);
  assert.deepEqual(
    acknowledged.filter((id) => !there.has(id)),
    [],
    "none lost",
  );
}

test("the writer's connection killed under load: it recovers, and nothing is lost or doubled", async () => {
  const url = await server.freshDatabase();
  const storage = await openStorage({ url, clock: Date.now });
  const load = startLoad(storage);
  let kills = 0;
  while (kills < 8) {
    await load.more(50);
    const killed = await server.admin(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'scopewarden write' AND datname = current_database()",
      url,
    );
    kills += killed.length;
  }
  await load.more(50);
  await load.stop();
  assert.ok(storage.journal.failures > 0);
  const { acknowledged, refused } = load;
  for (const n of refused) acknowledged.push(...(await storage.journal.append([decision(n)])).map((d) => d.record.id));
  assertExactlyOnce(await storedIds(storage), acknowledged);
  assert.deepEqual(await storedIds(storage, { callerId: "key:gateway" }), await storedIds(storage));
  await storage.close();
});

test("an append waits for another instance's, so that positions become visible in their order", async () => {
  const url = await server.freshDatabase();
  const storage = await openStorage({ url, clock: Date.now });
  const dialect = dialectOf(url);
  const other = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
  await other.run("BEGIN");
  const { sql, parameters } = journalSql(dialect).insertDecisions([encodeDecision(decision(1), "salt")]);
  await other.run(sql, parameters);
  let answered = false;
  const append = storage.journal.append([decision(2)]).then(() => {
    answered = true;
  });
  let waiting = 0;
  while (!answered && waiting === 0)
    waiting = (await server.admin("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", url)).length;
  assert.equal(answered, false);
  await other.run("COMMIT");
  await append;
  assert.deepEqual(await storedIds(storage), [decision(2).id, decision(1).id]);
  await other.close();
  await storage.close();
});

test("every act waits for the turn of another instance's, whatever their kinds, until that is durable", async () => {
  const url = await server.freshDatabase();
  const storage = await openStorage({ url, clock: Date.now });
  const dialect = dialectOf(url);
  const other = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
  const putOnRecord = createPutOnRecord({ dialect, newSalt: () => "salt" });
  const waiting: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a decision", () => storage.journal.append([decision(1)])],
    ["a revision", () => storage.policy.commit(revision(1, [changeOf("client", null, client("a"))]))],
    ["a new key", () => storage.apiKeys.add(key)],
    ["a revoked key", () => storage.apiKeys.revoke(key.id, { at: 2, author: "x", reason: "y" })],
  ];
  const ids: string[] = [];
  for (const [what, act] of waiting) {
    await other.run("BEGIN");
    await putOnRecord(other.run, policyRevisionAct({ ...made, revision: 100 + ids.length }));
    let answered = false;
    const acting = act().then(() => {
      answered = true;
    });
    let locks = 0;
    while (!answered && locks === 0)
      locks = (await server.admin("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", url)).length;
    assert.equal(answered, false, what);
    await other.run("COMMIT");
    await acting;
    ids.push(what);
  }
  const rows = await server.admin("SELECT id FROM journal ORDER BY seq", url);
  assert.deepEqual(
    rows.map(({ id }) => id),
    [
      "policy:100",
      decision(1).id,
      "policy:101",
      "policy:1",
      "policy:102",
      "key:k:created",
      "policy:103",
      "key:k:revoked",
    ],
  );
  await other.close();
  await storage.close();
});

test("readers' connections killed: the next reads answer", async () => {
  const url = await server.freshDatabase();
  const storage = await openStorage({ url, clock: Date.now });
  await storage.journal.append([decision(1)]);
  await Promise.all(Array.from({ length: 8 }, () => storedIds(storage)));
  await server.admin(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'scopewarden read' AND datname = current_database()",
    url,
  );
  // One that meets a dying connection may fail, with its code; none may hang or end the process.
  for (let i = 0; i < 20; i++)
    await storedIds(storage).catch((error: { code?: string }) => assert.equal(error.code, "JOURNAL_UNAVAILABLE"));
  assert.deepEqual(await storedIds(storage), [decision(1).id]);
  await storage.close();
});

test("the server stopped: not ready, no decision taken; started: ready, nothing lost", async () => {
  const storage = await openStorage({ url: await server.freshDatabase(), clock: Date.now });
  const load = startLoad(storage);
  await load.more(100);
  await server.stop();
  await assert.rejects(storage.journal.append([decision(1_000_000)]), { code: "JOURNAL_UNAVAILABLE" });
  assert.equal(storage.journal.ready, false);
  assert.throws(() => storage.journal.admit(1), { code: "JOURNAL_UNAVAILABLE" });
  await assert.rejects(storage.policy.headRevision(), { code: "POLICY_UNAVAILABLE" });
  await assert.rejects(storage.policy.commit({ revision: 1, author: "a", reason: "b", committedAt: 1, changes: [] }), {
    code: "POLICY_UNAVAILABLE",
  });
  await server.start();
  await until(storage.journal, true);
  storage.journal.admit(1);
  await load.more(100);
  await load.stop();
  assertExactlyOnce(await storedIds(storage), load.acknowledged);
  await storage.close();
});

test("it does not start where commits may be lost", async () => {
  const url = await server.freshDatabase();
  const database = new URL(url).pathname.slice(1);
  await server.admin(`ALTER DATABASE ${database} SET synchronous_commit = off`);
  await assert.rejects(openStorage({ url, clock: Date.now }), /synchronous_commit is off/);
  await server.admin(`ALTER DATABASE ${database} RESET synchronous_commit`);
  await server.admin("ALTER ROLE postgres SET synchronous_commit = off");
  await assert.rejects(openStorage({ url, clock: Date.now }), /synchronous_commit is off/);
  await server.admin("ALTER ROLE postgres SET synchronous_commit = 'remote_apply'");
  await (await openStorage({ url, clock: Date.now })).close();
  await server.admin("ALTER ROLE postgres RESET synchronous_commit");
  await server.admin("CREATE DATABASE ascii ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0");
  await assert.rejects(openStorage({ url: url.replace(database, "ascii"), clock: Date.now }), /UTF8/);
});

test("fsync and full_page_writes must be on", async () => {
  const settings: Record<string, string> = {
    synchronous_commit: "on",
    fsync: "on",
    full_page_writes: "on",
    server_encoding: "UTF8",
  };
  const reading =
    (changed: Record<string, string>): RunSql =>
    async (_, [name] = []) => ({ rows: [{ value: { ...settings, ...changed }[String(name)] }], affected: 0 });
  await requirePostgresDurable(reading({}));
  for (const level of ["local", "remote_write", "remote_apply"])
    await requirePostgresDurable(reading({ synchronous_commit: level }));
  for (const name of ["fsync", "full_page_writes"])
    await assert.rejects(requirePostgresDurable(reading({ [name]: "off" })), new RegExp(name));
});

test("a setting that is weakened while it runs does not reach the writer", async () => {
  const url = await server.freshDatabase();
  const connection = await openConnection({ dialect: dialectOf(url), purpose: "write", counter: statementCounter() });
  await dialectOf(url).requireDurable(connection.run);
  await server.admin("ALTER SYSTEM SET synchronous_commit = off");
  await server.admin("SELECT pg_reload_conf()");
  // A new session has the new setting once the reload has come through.
  while ((await server.admin("SHOW synchronous_commit", url))[0]?.synchronous_commit !== "off");
  assert.equal((await connection.run("SHOW synchronous_commit")).rows[0]?.synchronous_commit, "on");
  await server.admin("ALTER SYSTEM RESET synchronous_commit");
  await server.admin("SELECT pg_reload_conf()");
  await connection.close();
});

test("every connection has its limits", async () => {
  const url = await server.freshDatabase();
  for (const purpose of ["write", "read"] as const) {
    const connection = await openConnection({ dialect: dialectOf(url), purpose, counter: statementCounter() });
    for (const name of ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]) {
      const { rows } = await connection.run("SELECT current_setting($1) AS value", [name]);
      assert.notEqual(rows[0]?.value, "0", `${purpose}: ${name}`);
    }
    await connection.close();
  }
});

/** A server that lets sessions in and ends each with the same breath, as one does that is being stopped. */
async function endsAsItBegins(): Promise<{ readonly url: string; readonly close: () => void }> {
  const message = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + body.length);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const fatal = "SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";
  const said = Buffer.concat([
    message("R", Buffer.alloc(4)),
    message("Z", Buffer.from("I")),
    message("E", Buffer.from(fatal)),
  ]);
  const listening = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(said));
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, close: () => listening.close() };
}

test("a session that ends as it begins is a refusal, and not the end of the service", async () => {
  const { close, url } = await endsAsItBegins();
  for (const purpose of ["write", "read"] as const)
    await assert.rejects(openConnection({ dialect: dialectOf(url), purpose, counter: statementCounter() }));
  close();
});

test("whoever empties the index or erases waits for a batch that follows, and holds nothing that it wants", async () => {
  const url = await server.freshDatabase();
  const storage = await openStorage({ url, clock: Date.now });
  await storage.journal.append([decision(1), decision(2)]);
  const dialect = dialectOf(url);
  const batch = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
  const { takeTurn } = journalSql(dialect);
  for (const [follower, wanted, act, erased] of [
    ["decision_index", ["UPDATE rollup SET n = n"], () => storage.rebuildIndex(), undefined],
    [
      "watching",
      ["UPDATE rollup SET n = n", "UPDATE watched_access SET position = position"],
      () => storage.rebuildIndex(),
      undefined,
    ],
    ["watching", [takeTurn ?? ""], () => eraseBefore(storage, Date.now() + 1), 2],
  ] as const) {
    await storage.untilFollowed();
    await batch.run("BEGIN");
    await batch.run(`SELECT "position" FROM journal_follower WHERE "name" = '${follower}' FOR UPDATE`);
    let ended = false;
    const acting = act().finally(() => {
      ended = true;
    });
    for (let waiting = 0; !ended && waiting === 0; )
      waiting = (await server.admin("SELECT 1 FROM pg_locks WHERE NOT granted", url)).length;
    assert.equal(ended, false, follower);
    // As a batch does that has its row: PostgreSQL would end one of the two if the other waited for it.
    for (const statement of wanted) await batch.run(statement);
    await batch.run("COMMIT");
    assert.equal(await acting, erased);
  }
  await batch.close();
  await storage.close();
});
