// Another process keeps the lock that whoever writes needs: of a SQLite file, or of PostgreSQL's journal.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { HOLDS_MS } from "../../src/jobs/startFollowerProcess.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { LOCK_WAIT_MS } from "../../src/storage/database/dialect.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { HEARTBEAT_MS } from "../../src/storage/database/heartbeat.ts";
import { AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "../http/support.ts";
import { type Backend, backends } from "../storage/backends.ts";
import { until } from "../storage/waiting.ts";
import { eventually } from "../support/eventually.ts";
import { argumentsOf } from "../support/program.ts";

type LetGo = () => Promise<unknown>;

async function holdFile(url: string): Promise<LetGo> {
  const path = url.slice("sqlite:".length);
  const child = spawn(process.execPath, [...argumentsOf("test/durability/locksChild.ts"), path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  assert.equal(String(said), "locked\n");
  return () => {
    const gone = once(child, "exit");
    child.stdin.end();
    return gone;
  };
}

const holdTable =
  (table: string) =>
  async (url: string): Promise<LetGo> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("BEGIN");
    await client.query(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
    return () => client.query("ROLLBACK").then(() => client.end());
  };

test("a lock is waited for less than two seconds, the heartbeat that looks for it with it, and longer than a stopped follower has one", () => {
  assert.ok(HEARTBEAT_MS + LOCK_WAIT_MS < 2_000);
  assert.ok(HOLDS_MS + 300 < LOCK_WAIT_MS);
});

const ask = (service: Service, requestId: string) =>
  service.ask(AUTHORIZE, { variables: { input: { ...SMALL_REQUEST, requestId } } });
const several = (prefix: string) => Array.from({ length: 20 }, (_, n) => `${prefix} ${n}`);

for (const { name, start } of backends)
  describe(`a lock that another process holds (${name})`, () => {
    let backend: Backend;
    before(async () => {
      backend = await start();
    });
    after(() => backend.stop());

    test("is waited for no longer by any connection of the service", async () => {
      const url = await backend.fresh();
      const service = await startService({ DATABASE_URL: url });
      const setting =
        name === "sqlite" ? "PRAGMA busy_timeout" : "SELECT setting::INT FROM pg_settings WHERE name = 'lock_timeout'";
      for (const purpose of ["write", "follow", "read"] as const) {
        const connection = await openConnection({ dialect: dialectOf(url), purpose, counter: statementCounter() });
        const [row] = (await connection.run(setting)).rows;
        assert.deepEqual(Object.values(row ?? {}), [LOCK_WAIT_MS], purpose);
        await connection.close();
      }
      await service.stop();
    });

    const holds =
      name === "sqlite"
        ? [["the file", holdFile] as const]
        : (["journal", "journal_follower"] as const).map((table) => [table, holdTable(table)] as const);
    for (const [what, hold] of holds)
      test(`of ${what}: refused soon and not ready, then ready by itself, with all that was acknowledged there once`, {
        timeout: 300_000,
      }, async (t) => {
        const url = await backend.fresh();
        const service = await startService({ DATABASE_URL: url }, { followsApart: true });
        const { journal, followers } = service.app.storage;
        assert.equal((await applyPolicy(service, SMALL_POLICY)).body.errors, undefined);
        const acknowledged = new Set<string>();
        const answered = async (ids: readonly string[]): Promise<void> => {
          for (const { body, status, text } of await Promise.all(ids.map((id) => ask(service, id)))) {
            assert.equal(status, 200, text);
            acknowledged.add(body.data.authorize.id);
          }
        };
        await answered(several("before"));
        const letGo = await hold(url);
        try {
          if (what === "journal_follower") {
            // What follows waits, and nothing that decides does.
            await answered(several("held"));
            assert.equal((await service.get("/readyz")).status, 200);
          } else {
            const since = performance.now();
            const refused = await Promise.all([...several("held"), "before 0"].map((id) => ask(service, id)));
            t.diagnostic(`503 after ${Math.round(performance.now() - since)} ms`);
            for (const { body, status } of refused.slice(0, -1))
              assert.deepEqual([status, body.errors[0].extensions.code], [503, "JOURNAL_UNAVAILABLE"]);
            // An answer that is on record needs no writing.
            assert.ok([200, 503].includes(refused.at(-1)?.status ?? 0));
            const ready = await service.get("/readyz");
            assert.deepEqual([ready.status, ready.body.checks?.journal ?? ready.body.journal], [503, "unavailable"]);
            const changed = await applyPolicy(service, [{ putClient: { id: "late", name: "Late" } }]);
            assert.equal(changed.status, 503);
          }
        } finally {
          await letGo();
        }
        await until(journal, true);
        assert.equal((await service.get("/readyz")).status, 200);
        await answered([...several("before"), ...several("held"), ...several("after")]);
        assert.equal(acknowledged.size, 60, "each request has one decision");
        await eventually("all is followed", () => followers().length > 0 && followers().every(({ lag }) => lag === 0));
        const rows = await backend.raw(url, `SELECT "id" FROM journal WHERE "kind" = 'DECISION'`);
        assert.deepEqual(new Set(rows.map(({ id }) => id)), acknowledged);
        assert.equal(rows.length, 60);
        assert.equal(
          (await applyPolicy(service, [{ putClient: { id: "late", name: "Late" } }])).body.errors,
          undefined,
        );
        await service.stop();
      });

    test("is seen where nobody asks for anything", { timeout: 300_000 }, async () => {
      const url = await backend.fresh();
      const service = await startService({ DATABASE_URL: url });
      const letGo = await (name === "sqlite" ? holdFile : holdTable("journal"))(url);
      await until(service.app.storage.journal, false);
      assert.equal((await service.get("/readyz")).status, 503);
      await letGo();
      await until(service.app.storage.journal, true);
      assert.equal((await service.get("/readyz")).status, 200);
      await service.stop();
    });
  });
