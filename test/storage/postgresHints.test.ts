import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openStorage, type Storage } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { storedKey } from "../support/keys.ts";
import { type PostgresServer, startPostgres } from "./postgresServer.ts";

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

const revision = (n: number) => ({ revision: n, author: "a", reason: "b", committedAt: 1, changes: [] });
/** Listens, notes what is heard, and waits for it. */
function hear({ hints }: Storage) {
  assert.ok(hints);
  const heard: string[] = [];
  const listening = hints.listen({
    policy: () => heard.push("policy"),
    directory: () => heard.push("directory"),
    apiKey: (id) => heard.push(id),
    missed: () => heard.push("missed"),
  });
  return {
    heard,
    listening,
    async until(what: string, times = 1): Promise<void> {
      for (const end = performance.now() + 60_000; heard.filter((each) => each === what).length < times; ) {
        assert.ok(performance.now() < end, `${what} was not heard ${times} times: ${heard}`);
        await delay(5);
      }
    },
  };
}

const listeners = (url: string) =>
  server.admin(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'scopewarden listen' AND datname = current_database()",
    url,
  );

test("what one instance commits the other hears; what is not committed, or changes nothing, nobody hears", async () => {
  const url = await server.freshDatabase();
  const [one, other] = [await openStorage({ url, clock: Date.now }), await openStorage({ url, clock: Date.now })];
  const { heard, listening, until } = hear(other);
  await until("missed");
  assert.equal(listening.up, true);
  await one.policy.commit(revision(1));
  await until("policy");
  const entity = { type: "user", id: "ann", properties: null };
  const change = { author: "a", reason: "b", committedAt: 1, put: [entity], remove: [] };
  await one.directory.commit(change);
  await until("directory");
  // Nothing differs, and nobody hears of it.
  await one.directory.commit(change);
  await assert.rejects(one.policy.commit(revision(1)), { code: "CONFLICT" });
  await one.apiKeys.add(storedKey("a"));
  await one.apiKeys.revoke("a", { at: 5, author: "x", reason: "y" });
  await until("a");
  await one.apiKeys.revoke("a", { at: 6, author: "x", reason: "y" });
  await one.apiKeys.revoke("nobody", { at: 6, author: "x", reason: "y" });
  await one.policy.commit(revision(2));
  await until("policy", 2);
  assert.deepEqual(heard, ["missed", "policy", "directory", "a", "policy"]);
  await listening.stop();
  assert.equal(listening.up, false);
  await eventually("nobody listens", async () => (await listeners(url)).length === 0);
  await one.close();
  await other.close();
});

test("a hint leaves when the commit is visible, and not before", async () => {
  const url = await server.freshDatabase();
  const storage = await openStorage({ url, clock: Date.now });
  assert.ok(storage.hints);
  const heads: Promise<number>[] = [];
  const listening = storage.hints.listen({
    policy: () => heads.push(storage.policy.headRevision()),
    directory: () => {},
    apiKey: () => {},
    missed: () => {},
  });
  while (!listening.up) await delay(5);
  for (let n = 1; n <= 20; n++) {
    await storage.policy.commit(revision(n));
    while (heads.length < n) await delay(1);
    assert.equal(await heads.at(-1), n);
  }
  await listening.stop();
  await storage.close();
});

test("the connection killed, and the server stopped: it listens again, and says that hints may have been missed", async () => {
  const url = await server.freshDatabase();
  const said: string[] = [];
  const log = ({ message }: { readonly message: string }): void => void said.push(message);
  const storage = await openStorage({ url, clock: Date.now, log });
  const { heard, listening, until } = hear(storage);
  await until("missed");
  await server.admin(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'scopewarden listen'",
  );
  await until("missed", 2);
  await storage.policy.commit(revision(1));
  await until("policy");

  await server.stop();
  while (listening.up) await delay(5);
  await delay(500); // Some attempts that fail: the loss is told once.
  await server.start();
  await until("missed", 3);
  assert.equal(heard.filter((each) => each === "policy").length, 1);
  assert.equal(said.filter((text) => text.startsWith("No hints of other instances")).length, 2);
  assert.equal(said.filter((text) => text.includes("come again")).length, 2);
  assert.equal((await listeners(url)).length, 1);
  await listening.stop();
  await storage.close();
});

test("it can be stopped while the server is away", async () => {
  const storage = await openStorage({ url: await server.freshDatabase(), clock: Date.now });
  const { listening, until } = hear(storage);
  await until("missed");
  await server.stop();
  while (listening.up) await delay(5);
  await listening.stop();
  await storage.close();
  await server.start();
});
