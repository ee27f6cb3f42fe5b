import assert from "node:assert/strict";
import { copyFile, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { recoveryText } from "../../src/cli/recoverCommand.ts";
import { inspectDatabase } from "../../src/storage/check/inspectDatabase.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { cli } from "../cli/support.ts";
import { AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "../http/support.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { eventually } from "../support/eventually.ts";
import { untilFollowed } from "../support/untilFollowed.ts";

const LIST = '{ decisions(filter: { resourceType: "Observation" }, first: 100) { edges { node { id } } } }';
const ACKNOWLEDGE = "mutation($id: ID!) { acknowledgeIndexRebuild(id: $id) { id } }";
const NAMED = /search index search_1.* is damaged.*made again from the journal.*`scopewarden db rebuild-index`/;

/** Each row, table and kind of damage inside what FTS5 keeps of a month, with every page sound. */
const DAMAGES: { readonly [what: string]: string } = {
  "a row of _data is gone": `DELETE FROM search_1_data WHERE id = (SELECT MAX(id) FROM search_1_data)`,
  "all of its leaves are gone": "DELETE FROM search_1_data WHERE id > 10",
  "bytes of a leaf are others":
    "UPDATE search_1_data SET block = x'ffffffffff' || substr(block, 6) WHERE id = (SELECT MAX(id) FROM search_1_data)",
  "a leaf is cut": "UPDATE search_1_data SET block = substr(block, 1, 10) WHERE id > 10",
  "a leaf is empty": "UPDATE search_1_data SET block = x'' WHERE id > 10",
  "the structure is gone": "DELETE FROM search_1_data WHERE id = 10",
  "the structure is wrong": "UPDATE search_1_data SET block = x'ffffffffffffffffffffff' WHERE id = 10",
  "the structure is cut": "UPDATE search_1_data SET block = substr(block, 1, 5) WHERE id = 10",
  "rows of _idx lead nowhere": "UPDATE search_1_idx SET pgno = pgno + 1000",
  "_config has no version": "DELETE FROM search_1_config",
  "_config has another version": "UPDATE search_1_config SET v = 77 WHERE k = 'version'",
  "_config is gone": "DROP TABLE search_1_config",
  "_data is gone": "DROP TABLE search_1_data",
  "_idx is gone": "DROP TABLE search_1_idx",
};
/** What no search and no check meets, but the next decision does. */
const AVERAGES = "DELETE FROM search_1_data WHERE id = 1";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-index-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const time = { now: Date.now() };
let databases = 0;

/** What `scopewarden db recover` says of a database. */
async function said(url: string): Promise<string> {
  const inspection = await inspectDatabase(url);
  assert.ok(inspection !== null && inspection !== "absent");
  return recoveryText(inspection).join("\n");
}
/** What `scopewarden db rebuild-index` does. */
async function heal(url: string): Promise<void> {
  const storage = await openStorage({ url, clock: Date.now });
  await storage.rebuildIndex().finally(() => storage.close());
}

async function world(options: Parameters<typeof startService>[1] = {}) {
  const url = `sqlite:${join(folder, `${++databases}.db`)}`;
  const start = (): Promise<Service> =>
    startService({ DATABASE_URL: url, SCOPEWARDEN_CHECKPOINT_MS: "1000" }, { clock: () => time.now, ...options });
  let service = await start();
  assert.equal((await applyPolicy(service, SMALL_POLICY)).body.errors, undefined);
  const { key } = await service.createKey("SERVICE");
  const { key: auditor } = await service.createKey("AUDITOR");
  const decide = () => service.ask(AUTHORIZE, { key, variables: { input: SMALL_REQUEST } });
  for (let n = 0; n < 30; n++) assert.equal((await decide()).status, 200);
  await untilFollowed(url);
  const list = () => service.ask(LIST, { key });
  const ids = async (): Promise<readonly string[]> => {
    const { body, status, text } = await list();
    assert.equal(status, 200, text);
    return body.data.decisions.edges.map(({ node }: { readonly node: { readonly id: string } }) => node.id);
  };
  const rebuilds = async () =>
    (await sqliteRaw(url, `SELECT record FROM journal WHERE kind = 'INDEX_REBUILD' ORDER BY seq`)).map(({ record }) =>
      JSON.parse(String(record)),
    );
  return {
    url,
    decide,
    list,
    ids,
    rebuilds,
    ready: () => service.get("/readyz"),
    pending: async () =>
      (await service.ask("{ indexRebuilds { id table } }", { key: auditor })).body.data.indexRebuilds,
    acknowledge: async (id: string) => (await service.ask(ACKNOWLEDGE, { key: auditor, variables: { id } })).body,
    damage: (sql: string) => sqliteRaw(url, sql),
    untilRebuilt: (times: number) => eventually("it is made again", async () => (await rebuilds()).length === times),
    stop: () => service.stop(),
    async restart() {
      service = await start();
    },
  };
}

for (const [what, sql] of Object.entries(DAMAGES))
  test(`${what}: the service starts and decides, and the index is made again by itself`, async () => {
    const { damage, decide, ids, ready, rebuilds, restart, stop, untilRebuilt } = await world();
    const before = await ids();
    await stop();
    await damage(sql);
    await restart();
    try {
      assert.equal((await decide()).status, 200);
      assert.equal((await ready()).status, 200);
      await untilRebuilt(1);
      assert.equal((await decide()).status, 200);
      assert.deepEqual((await ids()).slice(2), before);
      const [{ at, digestAfter, digestBefore, finding, months, rebuildId, until, ...act }] = await rebuilds();
      assert.deepEqual(act, { event: "REBUILT", table: "search_1", after: -1 });
      assert.ok(finding.length > 0 && rebuildId.length > 0 && until > 0);
      assert.equal(at, time.now);
      assert.deepEqual(months, [new Date(time.now).toISOString().slice(0, 7)]);
      for (const digest of [digestBefore, digestAfter]) assert.match(digest, /^[0-9a-f]{64}$/);
    } finally {
      await stop();
    }
  });

for (const what of [
  "a leaf is empty",
  "the structure is gone",
  "the structure is wrong",
  "_data is gone",
  "the next decision alone meets it",
])
  test(`under a service, ${what}: no decision fails, and answers are right or name the index`, async () => {
    const { damage, decide, ids, list, ready, rebuilds, stop } = await world();
    try {
      const before = await ids();
      await damage(DAMAGES[what] ?? AVERAGES);
      if (what in DAMAGES) {
        const { body, status } = await list();
        if (status === 200) assert.equal(body.data.decisions.edges.length, before.length);
        else assert.match(body.errors[0].message, NAMED);
      } else assert.equal((await decide()).status, 200);
      await eventually("it is made again while decisions go on", async () => {
        assert.equal((await decide()).status, 200);
        assert.equal((await ready()).status, 200);
        return (await rebuilds()).length === 1;
      });
      assert.deepEqual((await ids()).slice(-before.length), before);
    } finally {
      await stop();
    }
  });

test("a second time within a day: ready with a warning, refused by name, and decided; what heals it is named", async () => {
  const { damage, decide, ids, list, ready, rebuilds, restart, stop, untilRebuilt, url } = await world({
    followsApart: true,
  });
  const before = await ids();
  const again = async () => {
    await stop();
    await damage(DAMAGES["the structure is wrong"] ?? "");
    await restart();
  };
  await again();
  await untilRebuilt(1);
  await again();
  try {
    await eventually("it is told", async () => (await ready()).body.warnings !== undefined);
    const { body, status } = await ready();
    assert.equal(status, 200);
    assert.deepEqual([body.status, body.checks.index], ["ready", "unavailable"]);
    assert.match(body.warnings[0], NAMED);
    for (let n = 0; n < 3; n++) assert.equal((await decide()).status, 200);
    const refused = await list();
    assert.equal(refused.status, 503);
    assert.match(refused.body.errors[0].message, NAMED);
  } finally {
    await stop();
  }
  const env = { DATABASE_URL: url };
  const found = await cli(["db", "recover"], { env });
  assert.equal(found.code, 1);
  assert.match(found.stdout, /the search index search_1 in .* is damaged, and nothing else: .*structure/);
  assert.match(found.stdout, /run scopewarden db rebuild-index/);
  assert.doesNotMatch(found.stdout, /backup/);
  const verified = await cli(["record", "verify"], { env });
  assert.match(verified.stdout, /index damaged: the search index search_1 \(\d{4}-\d\d\) can't be read: .*structure/);
  const made = await cli(["db", "rebuild-index"], { env });
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /on record that .+@.+ had this done/);
  assert.match(
    (await cli(["record", "verify"], { env })).stdout,
    /decision_index \(\d{4}-\d\d\) was thrown away, and was made again at .*, by .+@.+, on the machine \(db rebuild-index\): .*structure/,
  );
  await restart();
  try {
    assert.deepEqual((await ids()).slice(-before.length), before);
    assert.deepEqual(
      (await rebuilds()).map(({ event }) => event),
      ["REBUILT", "EMPTIED", "REBUILT"],
    );
  } finally {
    await stop();
  }
});

test("an auditor takes note of a rebuild, which verify mentions until then", async () => {
  const { acknowledge, damage, pending, restart, stop, untilRebuilt, url } = await world();
  await stop();
  await damage(DAMAGES["the structure is gone"] ?? "");
  await restart();
  try {
    await untilRebuilt(1);
    const [{ id, table }] = await pending();
    assert.equal(table, "search_1");
    const said = async () => (await cli(["record", "verify", "--wait", "2m"], { env: { DATABASE_URL: url } })).stdout;
    assert.match(await said(), new RegExp(`search_1 \\(.*was damaged, and was made again at .*id ${id}`));
    assert.equal((await acknowledge("nothing")).errors[0].extensions.code, "NOT_FOUND");
    assert.equal((await acknowledge(id)).data.acknowledgeIndexRebuild.id, id);
    assert.equal((await acknowledge(id)).errors[0].extensions.code, "CONFLICT");
    assert.deepEqual(await pending(), []);
    assert.doesNotMatch(await said(), /made again/);
  } finally {
    await stop();
  }
});

test("under a service that nobody asks, the check of the whole file finds it, and it is made again", async () => {
  const { url, stop } = await world();
  await stop();
  const storage = await openStorage({ url, clock: Date.now, checkEveryMs: 100 });
  try {
    await sqliteRaw(url, DAMAGES["rows of _idx lead nowhere"] ?? "");
    await eventually("it is made again", async () => (await storage.indexRebuilds.acts()).length === 1);
  } finally {
    await storage.close();
  }
});

for (const [what, sql] of Object.entries(DAMAGES))
  test(`${what}: db rebuild-index heals it, and nothing else is named`, async () => {
    const { damage, stop, url } = await world();
    await stop();
    await damage(sql);
    const found = await said(url);
    assert.match(found, /run scopewarden db rebuild-index/);
    assert.doesNotMatch(found, /backup|--accept/);
    await heal(url);
    assert.match(await said(url), /^Nothing is wrong with/);
  });

/** Damage of which what searches is not, or not alone. */
const OTHER_DAMAGES: { readonly [what: string]: string | readonly string[] } = {
  "a row of the policy": `UPDATE policy_rule SET "effect" = 'DENY'`,
  "a revision of the policy": "DELETE FROM policy_revision",
  "the newest act": [
    "DROP TRIGGER journal_no_update",
    `UPDATE journal SET "record" = replace("record", '"DENY"', '"ALLOW"') || ' ' WHERE "seq" = (SELECT MAX("seq") FROM journal)`,
  ],
};
for (const [what, sql] of Object.entries(OTHER_DAMAGES))
  for (const beside of [false, true])
    test(`${what} is otherwise${beside ? ", and the index damaged" : ""}: the start is refused, and db rebuild-index is not named`, async () => {
      const { damage, restart, stop, url } = await world();
      await stop();
      for (const statement of [sql].flat()) await damage(statement);
      if (beside) await damage(DAMAGES["a leaf is empty"] ?? "");
      await assert.rejects(restart, /is damaged/);
      const found = await said(url);
      assert.match(found, /Put a backup in its place/);
      assert.doesNotMatch(found, /rebuild-index/);
    });

test("acts are missing, and the index is damaged: each has its words", async () => {
  const { damage, decide, restart, stop, url } = await world();
  const path = url.slice("sqlite:".length);
  await stop();
  await copyFile(path, `${path}.older`);
  await restart();
  assert.equal((await decide()).status, 200);
  await stop();
  await copyFile(`${path}.older`, path);
  await damage(DAMAGES["a leaf is empty"] ?? "");
  const found = await said(url);
  assert.match(found, /acts? (is|are) missing at the end/);
  assert.match(found, /recover --accept/);
  assert.match(found, /run scopewarden db rebuild-index/);
});

test("a page of its tables that is no page stops the start, as any other", async () => {
  const { damage, restart, stop, url } = await world();
  await stop();
  const [row] = await damage("SELECT rootpage FROM sqlite_schema WHERE name = 'search_1_data'");
  const file = await open(url.slice("sqlite:".length), "r+");
  await file.write(Buffer.alloc(4096, 0xff), 0, 4096, (Number(row?.rootpage) - 1) * 4096);
  await file.close();
  await assert.rejects(restart, /is damaged/);
  assert.match((await cli(["db", "recover"], { env: { DATABASE_URL: url } })).stdout, /Put a backup in its place/);
});
