import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type App, startApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/process/log.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { storedKey } from "../support/keys.ts";
import { type Answer, request } from "./support.ts";

const folders: string[] = [];
const apps: App[] = [];
after(async () => {
  // Those that a test has not closed, as it failed.
  for (const app of apps) await app.close();
  for (const folder of folders) await rm(folder, { recursive: true });
});
const DAY_MS = 24 * 60 * 60 * 1000;

/** A place for a service that has no key of the configuration, with its log and its clock. */
async function place() {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-first-"));
  folders.push(folder);
  const lines: string[] = [];
  const clock = { now: Date.now() };
  const file = join(folder, "keys", "first");
  const url = `sqlite:${join(folder, "test.db")}`;
  return {
    file,
    url,
    lines,
    clock,
    async start(env: Readonly<Record<string, string>> = {}): Promise<App> {
      lines.length = 0;
      const app = await startApp(
        loadConfig({ PORT: "0", DATABASE_URL: url, LOG_LEVEL: "info", SCOPEWARDEN_FIRST_KEY_FILE: file, ...env }),
        {
          log: createLog({ level: "info", destination: { write: (line: string) => void lines.push(line) } }),
          clock: () => clock.now,
        },
      );
      apps.push(app);
      return app;
    },
  };
}

const ask = (app: App, key: string, query: string, variables?: unknown): Promise<Answer> =>
  request(`${app.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
const CREATE =
  'mutation ($roles: [CallerRole!]!, $id: String!, $subject: ID!) { createApiKey(input: { name: $id, roles: $roles, subject: { id: $subject } }, reason: "people") { key apiKey { id } } }';

test("a start that can't bind its port makes no key and leaves no file", async () => {
  const { file, url, start } = await place();
  const other = await place();
  const taken = await other.start();
  try {
    await assert.rejects(start({ PORT: new URL(taken.url).port }), { code: "EADDRINUSE" });
  } finally {
    await taken.close();
  }
  assert.equal(existsSync(file), false);
  const storage = await openStorage({ url, clock: Date.now });
  assert.deepEqual(await storage.apiKeys.list(), []);
  await storage.close();
});

test("the first key is told of at each start until it is revoked, and then never", async () => {
  const { file, lines, start } = await place();
  const told = (text: string): boolean => lines.join("").includes(text);
  let app = await start();
  const key = (await readFile(file, "utf8")).trim();
  assert.ok(told("the first key was made") && told("the first key is still in force"));
  await app.close();
  app = await start();
  assert.ok(!told("the first key was made") && told("the first key is still in force"));
  const made = (await ask(app, key, CREATE, { roles: ["ADMIN"], id: "ada", subject: "ada" })).body.data.createApiKey;
  const mine = (await ask(app, key, "{ me { id kind name subject { id } } }")).body.data.me;
  assert.deepEqual([mine.kind, mine.name, mine.subject], ["KEY", "first admin", null]);
  const revoked = await ask(
    app,
    made.key,
    `mutation { revokeApiKey(id: "${mine.id.slice(4)}", reason: "replaced") { apiKey { revokedBy { name } } } }`,
  );
  assert.equal(revoked.body.data.revokeApiKey.apiKey.revokedBy.name, "ada");
  await app.close();
  app = await start();
  assert.ok(!told("first key") && !told("no key in force"));
  assert.ok(!told(key.slice(-43)));
  await app.close();
});

test("a start where no key in force holds admin says how to get in", async () => {
  const { url, lines, start } = await place();
  const storage = await openStorage({ url, clock: Date.now });
  await storage.apiKeys.add(storedKey("ended", { roles: ["admin"], expiresAt: 2 }));
  await storage.close();
  await (await start()).close();
  assert.match(lines.join(""), /no key in force holds admin; `scopewarden key recover`/);
  await (await start({ SCOPEWARDEN_ADMIN_KEY: "k".repeat(40) })).close();
  assert.doesNotMatch(lines.join(""), /no key in force/);
});

test("it opens everything for a day, and then only what an admin may", async () => {
  const { file, clock, start } = await place();
  const app = await start();
  const key = (await readFile(file, "utf8")).trim();
  clock.now += DAY_MS - 1;
  assert.equal((await ask(app, key, "{ decisions { edges { cursor } } }")).status, 200);
  assert.equal((await ask(app, key, CREATE, { roles: ["AUDITOR"], id: "kim", subject: "kim" })).body.errors, undefined);
  clock.now += 1;
  const refused = await ask(app, key, "{ decisions { edges { cursor } } }");
  assert.equal(refused.status, 403);
  assert.match(refused.body.errors[0].message, /this caller holds admin\./);
  assert.match(
    (await ask(app, key, CREATE, { roles: ["AUDITOR"], id: "kim", subject: "kim" })).body.errors[0].message,
    /auditor is given by a caller who holds auditor, or on the machine/,
  );
  assert.equal(
    (await ask(app, key, CREATE, { roles: ["REVIEWER"], id: "rob", subject: "rob" })).body.errors,
    undefined,
  );
  assert.deepEqual((await ask(app, key, "{ me { roles } }")).body.data.me.roles, ["ADMIN"]);
  await app.close();
});

test("a file that is there is never overwritten: no key is made, and the log says what to do", async () => {
  const { file, url, lines, start } = await place();
  const app = await start();
  await app.close();
  const first = await readFile(file, "utf8");
  const again = await start({ DATABASE_URL: url.replace("test.db", "other.db") });
  assert.match(lines.join(""), /no key yet, and none was made.*delete the file/);
  assert.deepEqual(await again.domain.apiKeys.list(), []);
  await again.close();
  assert.equal(await readFile(file, "utf8"), first);
});

test("a file that can't be written fails the start, and makes no key", async () => {
  const { url, start, file } = await place();
  const blocked = join(file, "..", "..", "a-file");
  await writeFile(blocked, "");
  await assert.rejects(start({ SCOPEWARDEN_FIRST_KEY_FILE: join(blocked, "key") }), /ENOTDIR|EEXIST/);
  const storage = await openStorage({ url, clock: Date.now });
  assert.deepEqual(await storage.apiKeys.list(), []);
  await storage.close();
});

test("the key of the configuration is told of at each start, and no other key is made", async () => {
  const { file, lines, start } = await place();
  const app = await start({ SCOPEWARDEN_ADMIN_KEY: "k".repeat(40) });
  assert.match(lines.join(""), /SCOPEWARDEN_ADMIN_KEY holds every role; make a key for each person/);
  assert.deepEqual(await app.domain.apiKeys.list(), []);
  assert.equal(existsSync(file), false);
  await app.close();
});

test("keys that are used, and used in vain, are written behind: by the end of the process at the latest", async () => {
  const { file, url, clock, start } = await place();
  const app = await start();
  const key = (await readFile(file, "utf8")).trim();
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const used = clock.now;
  await ask(app, key, "{ __typename }");
  clock.now += 5000;
  const wrong = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
  for (let i = 0; i < 5; i++) assert.equal((await ask(app, wrong, "{ __typename }")).status, 401);
  assert.equal((await ask(app, `swk_zzzzzzzzzzzz_${"A".repeat(43)}`, "{ __typename }")).status, 401);
  assert.equal((await app.domain.apiKeys.list())[0]?.lastUsedAt, null, "not on the way of an answer");
  await app.close();
  const storage = await openStorage({ url, clock: Date.now });
  const [stored] = await storage.apiKeys.list();
  assert.equal(stored?.lastUsedAt, used);
  const { items } = await storage.apiKeys.events({ filter: { event: "FAILED" }, page: { first: 9, after: null } });
  assert.deepEqual(
    items.map(({ node }) => [node.keyId, node.failures]),
    [[stored?.id, { since: clock.now, wrongSecret: 5, expired: 0, revoked: 0 }]],
  );
  await storage.close();
});
