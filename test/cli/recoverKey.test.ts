import assert from "node:assert/strict";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { storedKey } from "../support/keys.ts";
import { cli, temporaryFolder } from "./support.ts";

async function database(): Promise<{ readonly url: string; readonly env: Record<string, string> }> {
  const url = `sqlite:${join(await temporaryFolder(), "test.db")}`;
  return { url, env: { DATABASE_URL: url } };
}

async function withKey(): ReturnType<typeof database> {
  const made = await database();
  const storage = await openStorage({ url: made.url, clock: Date.now });
  await storage.apiKeys.add(storedKey("old"));
  await storage.close();
  return made;
}

test("a key for an admin or an auditor is made on the machine, and on record with who made it", async () => {
  const { url, env } = await withKey();
  const admin = await cli(["key", "recover", "--subject", "ada", "--reason", "The last admin has left"], { env });
  assert.equal(admin.code, 0, admin.stderr);
  assert.match(admin.stdout, /^swk_[a-z0-9]{12}_[\w-]{43}\n$/);
  const secret = admin.stdout.trim().slice(-43);
  assert.ok(!admin.stderr.includes(secret));
  const auditor = await cli(
    ["key", "recover", "--role", "auditor", "--subject", "kim", "--name", "Kim", "--reason", "Audit"],
    { env },
  );
  assert.equal(auditor.code, 0, auditor.stderr);
  const storage = await openStorage({ url, clock: Date.now });
  const { items } = await storage.apiKeys.events({ filter: {}, page: { first: 2, after: null } });
  const author = `machine:${userInfo().username}@${hostname()}`;
  assert.deepEqual(
    items.map(({ node: { event, name, roles, subject, reason, author: by } }) => [
      event,
      name,
      roles,
      subject,
      reason,
      by,
    ]),
    [
      ["CREATED", "Kim", ["auditor"], { type: "user", id: "kim" }, "Audit", author],
      [
        "CREATED",
        "admin key of ada, recovered on the machine",
        ["admin"],
        { type: "user", id: "ada" },
        "The last admin has left",
        author,
      ],
    ],
  );
  assert.equal((await storage.apiKeys.find(admin.stdout.slice(4, 16)))?.revokedAt, null);
  await storage.close();
});

test("it works beside a service that runs on the same file", async () => {
  const { url, env } = await withKey();
  const running = await openStorage({ url, clock: Date.now });
  try {
    const { code, stdout, stderr } = await cli(["key", "recover", "--subject", "ada", "--reason", "r"], { env });
    assert.equal(code, 0, stderr);
    assert.deepEqual((await running.apiKeys.find(stdout.slice(4, 16)))?.roles, ["admin"]);
  } finally {
    await running.close();
  }
});

test("what is missing or wrong is named by its option, and nothing is made", async () => {
  const { url, env } = await withKey();
  for (const [args, text] of [
    [["--reason", "r"], /--subject/],
    [["--subject", "ada"], /--reason/],
    [["--subject", " ", "--reason", ""], /--subject must not begin.*\n--reason must say why/],
    [["--subject", "ada", "--reason", "r", "--role", "service"], /admin, reviewer, auditor/],
  ] as const) {
    const { code, stdout, stderr } = await cli(["key", "recover", ...args], { env });
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, text);
  }
  const storage = await openStorage({ url, clock: Date.now });
  assert.equal((await storage.apiKeys.list()).length, 1);
  await storage.close();
});

test("where there was never a key there is nothing to recover: most likely it is another database", async () => {
  const { url, env } = await database();
  await (await openStorage({ url, clock: Date.now })).close();
  const { code, stdout, stderr } = await cli(["key", "recover", "--subject", "ada", "--reason", "r"], { env });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /no key at all.*DATABASE_URL/);
});
