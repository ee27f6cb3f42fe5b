import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { StoredApiKey } from "../../src/domain/callers/types.ts";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { createKeyAuthenticator } from "../../src/http/keyAuthenticator.ts";
import { storedKey } from "../support/keys.ts";
import {
  ADMIN_KEY,
  type Answer,
  AUTHORIZE,
  applyPolicy,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

let service: Service;
before(async () => {
  service = await startService();
  await applyPolicy(service, SMALL_POLICY);
});
after(() => service.stop());

function unauthenticated(answer: Answer, challenge: RegExp): void {
  assert.equal(answer.status, 401, answer.text);
  assert.equal(answer.body.errors[0].extensions.code, "UNAUTHENTICATED");
  assert.match(answer.headers.get("www-authenticate") ?? "", challenge);
  assert.equal(answer.body.data, undefined);
}
const typename = (headers: Record<string, string>): Promise<Answer> =>
  service.ask("{ __typename }", { key: null, headers });

test("without a key there is a challenge and nothing else, for every path that is not open", async () => {
  unauthenticated(await typename({}), /^Bearer realm="scopewarden"$/);
  for (const path of ["/graphql", "/graphql?query=%7B__typename%7D", "/metrics"])
    unauthenticated(await service.get(path), /^Bearer realm="scopewarden"$/);
});

test("a key in the query string, in a cookie or by another scheme is no key", async () => {
  unauthenticated(
    await service.get(`/graphql?query=%7B__typename%7D&access_token=${ADMIN_KEY}&key=${ADMIN_KEY}`, {
      headers: { "apollo-require-preflight": "1" },
    }),
    /^Bearer realm="scopewarden"$/,
  );
  unauthenticated(
    await typename({ cookie: `key=${ADMIN_KEY}`, "x-api-key": ADMIN_KEY }),
    /^Bearer realm="scopewarden"$/,
  );
  unauthenticated(await typename({ authorization: `Basic ${btoa(`admin:${ADMIN_KEY}`)}` }), /invalid_token/);
  unauthenticated(await typename({ authorization: ADMIN_KEY }), /invalid_token/);
  unauthenticated(await typename({ authorization: `Bearer ${ADMIN_KEY} ${ADMIN_KEY}` }), /invalid_token/);
  unauthenticated(await typename({ authorization: "Bearer" }), /invalid_token/);
  assert.equal(
    (await typename({ authorization: `bearer ${ADMIN_KEY}` })).status,
    200,
    "the scheme's letter case does not count",
  );
});

test("a wrong key of any form is refused in the same words", async () => {
  const { key } = await service.createKey("SERVICE");
  const wrong = [
    `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`,
    `swk_zzzzzzzzzzzz_${"A".repeat(43)}`,
    "swk_",
    `${ADMIN_KEY}x`,
    ADMIN_KEY.slice(0, -1),
    "x",
  ];
  const answers = await Promise.all(wrong.map((k) => typename({ authorization: `Bearer ${k}` })));
  for (const answer of answers) unauthenticated(answer, /error="invalid_token"/);
  assert.deepEqual(new Set(answers.map((a) => a.text)).size, 1);
});

test("a key is shown once, listed without its secret, works for its roles, and ends when it is revoked", async () => {
  const { key, id } = await service.createKey("SERVICE");
  assert.match(key, /^swk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/);
  const secret = key.slice(-43);
  const list = await service.ask("{ apiKeys { edges { node { id name roles by { name } until revokedAt } } } }");
  assert(list.text.includes(id) && !list.text.includes(secret));

  const asked = await service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST }, key });
  assert.equal(asked.body.data.authorize.outcome, "ALLOW");
  assert.equal((await service.ask("{ scopes { pageInfo { hasNextPage } } }", { key })).status, 403);
  const mine = await service.ask("{ decisions { edges { node { id by { callerId } } } } }", { key });
  assert.deepEqual(
    mine.body.data.decisions.edges.map((e: { node: { by: { callerId: string } } }) => e.node.by.callerId),
    [`key:${id}`],
  );

  const revoked = await service.ask(
    'mutation($id: ID!) { revokeApiKey(id: $id, reason: "lost") { apiKey { revokedBy { name } } } }',
    { variables: { id } },
  );
  assert.equal(revoked.body.data.revokeApiKey.apiKey.revokedBy.name, "SCOPEWARDEN_ADMIN_KEY");
  unauthenticated(await service.ask("{ __typename }", { key }), /revoked/);
});

test("a key ends when it expires", async () => {
  let now = Date.now();
  const own = await startService({}, { clock: () => now });
  try {
    const until = new Date(now + 60_000).toISOString();
    const created = await own.ask(
      'mutation($e: DateTime) { createApiKey(input: { name: "short", roles: [SERVICE], until: $e }, reason: "t") { key } }',
      { variables: { e: until } },
    );
    const { key } = created.body.data.createApiKey;
    now += 59_999;
    assert.equal((await own.ask("{ __typename }", { key })).status, 200);
    now += 1;
    unauthenticated(await own.ask("{ __typename }", { key }), /expired/);
  } finally {
    await own.stop();
  }
});

test("where there are no keys, the first start makes one and leaves it in a file of its own user only", async () => {
  const first = await startService({ SCOPEWARDEN_ADMIN_KEY: "" });
  try {
    const key = (await readFile(first.firstKeyFile, "utf8")).trim();
    assert.equal((await stat(first.firstKeyFile)).mode & 0o777, 0o600);
    const { body } = await first.ask("{ apiKeys { edges { node { name roles allRolesUntil } } } me { roles } }", {
      key,
    });
    const [{ node }] = body.data.apiKeys.edges;
    assert.deepEqual([node.name, node.roles], ["first admin", ["ADMIN"]]);
    assert.ok(Date.parse(node.allRolesUntil) > Date.now() + 86_000_000);
    assert.deepEqual(body.data.me.roles, ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"]);
    const log = first.lines.join("");
    assert(!log.includes(key.slice(-43)), "not in the log");
    assert(log.includes(first.firstKeyFile) && log.includes("the first key is still in force"));
    unauthenticated(await first.ask("{ __typename }"), /invalid_token/);
  } finally {
    await first.stop();
  }
});

// The secret is 43 times "A".
const stored = (id: string): StoredApiKey =>
  storedKey(id, { secretHash: createHash("sha256").update("A".repeat(43)).digest("hex") });

test("the cache asks the store once a second for a key, never remembers what is not there, and stays small", async () => {
  let now = 0;
  const asked: string[] = [];
  const keys = createKeyAuthenticator({
    store: {
      async find(id) {
        asked.push(id);
        return id.startsWith("x") ? stored(id) : null;
      },
    },
    clock: () => 0,
    monotonic: () => now,
    directory: () => EMPTY_DIRECTORY,
    adminKey: null,
    cacheSize: 3,
  });
  const use = (id: string) => keys.authenticate(`swk_${id}_${"A".repeat(43)}`);
  await Promise.all([use("xxxxxxxxxxxx"), use("xxxxxxxxxxxx")]);
  now = 999;
  await use("xxxxxxxxxxxx");
  assert.equal(asked.length, 1);
  now = 1000;
  await use("xxxxxxxxxxxx");
  assert.equal(asked.length, 2);
  await use("000000000000");
  await use("000000000000");
  assert.equal(asked.length, 4);
  keys.forget("xxxxxxxxxxxx");
  await use("xxxxxxxxxxxx");
  assert.equal(asked.length, 5);
  for (const id of ["x00000000001", "x00000000002", "x00000000003"]) await use(id);
  await use("xxxxxxxxxxxx");
  assert.equal(asked.length, 9, "pushed out by newer ones");
});

test("a key that was accepted a moment ago lends nothing to another secret, and still ends when it must", async () => {
  let now = 0;
  let key: StoredApiKey | null = null;
  const authenticator = createKeyAuthenticator({
    store: { find: async () => key },
    clock: () => now,
    monotonic: () => 0,
    directory: () => EMPTY_DIRECTORY,
    adminKey: null,
  });
  const text = (secret: string): string => `swk_abcdefabcdef_${secret.repeat(43)}`;
  const secretHash = createHash("sha256").update("r".repeat(43)).digest("hex");
  key = { ...stored("abcdefabcdef"), expiresAt: 500, secretHash };
  const accepted = async (secret: string): Promise<boolean> =>
    (await authenticator.authenticate(text(secret)))?.ok === true;
  assert.equal(await accepted("w"), false);
  assert.equal(await accepted("r"), true);
  assert.equal(await accepted("r"), true);
  assert.equal(await accepted("w"), false);
  assert.equal(await accepted("r"), true);
  now = 500;
  assert.equal(await accepted("r"), false, "it has expired");
  now = 0;
  key = { ...key, revokedAt: 1 };
  authenticator.forget("abcdefabcdef");
  assert.equal(await accepted("r"), false, "it was revoked");
});

test("with the clock set back an hour, a key that another instance revokes is dead a second later all the same", async () => {
  let [wall, elapsed] = [Date.now(), 0];
  const secretHash = createHash("sha256").update("r".repeat(43)).digest("hex");
  let key: StoredApiKey = { ...stored("abcdefabcdef"), secretHash };
  const authenticator = createKeyAuthenticator({
    store: { find: async () => key },
    clock: () => wall,
    monotonic: () => elapsed,
    directory: () => EMPTY_DIRECTORY,
    adminKey: null,
  });
  const accepted = async () => (await authenticator.authenticate(`swk_abcdefabcdef_${"r".repeat(43)}`))?.ok === true;
  assert.equal(await accepted(), true);
  wall -= 3_600_000;
  key = { ...key, revokedAt: 1 };
  elapsed += 1000;
  assert.equal(await accepted(), false);
});

test("a key store that can't answer is an outage, not a wrong key, and is asked again the next time", async () => {
  let fails = true;
  const keys = createKeyAuthenticator({
    store: {
      async find() {
        if (fails) throw new Error("down");
        return null;
      },
    },
    clock: () => 0,
    monotonic: () => 0,
    directory: () => EMPTY_DIRECTORY,
    adminKey: null,
  });
  const use = () => keys.authenticate(`swk_${"x".repeat(12)}_${"A".repeat(43)}`);
  const down = await use();
  assert(down !== null && !down.ok && down.refusal.code === "AUTHENTICATION_UNAVAILABLE");
  fails = false;
  const up = await use();
  assert(up !== null && !up.ok && up.refusal.code === "UNAUTHENTICATED");
});
