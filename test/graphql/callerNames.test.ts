import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { at, callerOf, openWorld, ROOT, type World } from "./world.ts";

/** How often names were looked up. */
let lookups = 0;
const world = await openWorld({
  through: (storage) => ({
    ...storage,
    apiKeys: {
      ...storage.apiKeys,
      findAll: (ids) => {
        lookups++;
        return storage.apiKeys.findAll(ids);
      },
    },
  }),
});
const nodes = (data: unknown, list: string): unknown[] =>
  (at(data, list, "edges") as unknown[]).map((e) => at(e, "node"));

/** A key made through the API, and its bearer. */
async function keyOf(of: World, name: string, roles: readonly string[], id = name): Promise<Identity> {
  const made = await of.data(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input, reason: "r") { apiKey { id } } }',
    { input: { name, roles, subject: { id } } },
  );
  const caller = callerOf(
    `key:${at(made, "createApiKey", "apiKey", "id")}`,
    ...roles.map((r) => r.toLowerCase() as never),
  );
  return { ...caller, name, subject: { type: "user", id, issuer: null } };
}

test("`me` tells every caller who and what it is", async () => {
  const ME = "{ me { id kind name subject { type id issuer } roles clientId until } }";
  const token: Identity = {
    id: "jwt:https://as.example#ada",
    kind: "TOKEN",
    name: "ada",
    subject: { type: null, id: "ada", issuer: "https://as.example" },
    roles: new Set(["auditor", "service"]),
    defaultClientId: "ehr",
    expiresAt: 1_800_000_000_000,
  };
  assert.deepEqual(at(await world.data(ME, {}, token), "me"), {
    id: "jwt:https://as.example#ada",
    kind: "TOKEN",
    name: "ada",
    subject: { type: null, id: "ada", issuer: "https://as.example" },
    roles: ["SERVICE", "AUDITOR"],
    clientId: "ehr",
    until: "2027-01-15T08:00:00.000Z",
  });
  for (const role of ROOT.roles)
    assert.deepEqual(at(await world.data("{ me { roles } }", {}, callerOf("key:x", role)), "me", "roles"), [
      role.toUpperCase(),
    ]);
});

test("revisions, keys and decisions name who is behind a caller id, to reviewers and auditors too", async () => {
  const ada = await keyOf(world, "Ada's laptop", ["ADMIN"], "ada");
  const pep = await keyOf(world, "lab portal", ["SERVICE"], "lab-portal");
  await world.data('mutation { createRole(input: { name: "r1" }, reason: "r") { author } }', {}, ada);
  await world.data('mutation { createClient(input: { id: "app", name: "App" }, reason: "r") { author } }', {}, ada);
  await world.data(
    '{ authorize(input: { clientId: "app", action: "read", resource: { type: "Patient" } }) { id } }',
    {},
    pep,
  );
  const before = lookups;
  for (const role of ["reviewer", "auditor"] as const) {
    const revisions = await world.data(
      "{ policyRevisions { edges { node { author by { callerId id type name } } } } }",
      {},
      callerOf("key:x", role),
    );
    const authored = {
      author: "Ada's laptop",
      by: { callerId: ada.id, id: "ada", type: "user", name: "Ada's laptop" },
    };
    assert.deepEqual(nodes(revisions, "policyRevisions"), [authored, authored]);
    const keys = await world.data(
      "{ apiKeys { edges { node { name by { callerId id type name } subject { type id issuer } } } } }",
      {},
      callerOf("key:x", role),
    );
    const made = { by: { callerId: "key:root", id: "key:root", type: null, name: "key:root" } };
    assert.deepEqual(
      nodes(keys, "apiKeys").sort((a, b) => (String(at(a, "name")) < String(at(b, "name")) ? -1 : 1)),
      [
        { name: "Ada's laptop", ...made, subject: { type: "user", id: "ada", issuer: null } },
        { name: "lab portal", ...made, subject: { type: "user", id: "lab-portal", issuer: null } },
      ],
    );
  }
  assert.equal(lookups - before, 2, "names come in one lookup for a list");
  const decisions = await world.data(
    "{ decisions { edges { node { by { callerId name id } } } } }",
    {},
    callerOf("key:x", "auditor"),
  );
  const asked = { by: { callerId: pep.id, name: "lab portal", id: "lab-portal" } };
  assert.deepEqual(nodes(decisions, "decisions"), [asked]);
});

test("an actor says whose a key is to those who may ask for keys, and to its bearer; to others which key it is", async () => {
  const desk = await keyOf(world, "front desk", ["CONSENT"], "dora");
  const input = { patient: "bob", effect: "PERMIT", source: { kind: "PORTAL" }, reason: "r" };
  const RECORD =
    "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { id by { callerId id type name } } }";
  const recorded = at(await world.data(RECORD, { input }, desk), "recordConsent");
  const whole = { callerId: desk.id, id: "dora", type: "user", name: "front desk" };
  assert.deepEqual(at(recorded, "by"), whole);
  const ONE = "query ($id: ID!) { consent(id: $id) { by { callerId id type name } } }";
  const seenBy = async (role: "auditor" | "consent") =>
    at(await world.data(ONE, { id: at(recorded, "id") }, callerOf("key:x", role)), "consent", "by");
  assert.deepEqual(await seenBy("auditor"), whole);
  assert.deepEqual(await seenBy("consent"), { ...whole, id: desk.id, type: null });
});

test("a name that can't be read does not fail the answer to what was changed", async () => {
  const { names } = world.domain.apiKeys;
  const ada = await keyOf(world, "Ada's phone", ["ADMIN"], "ada");
  Object.assign(world.domain.apiKeys, { names: () => Promise.reject(new Error("down")) });
  try {
    const data = await world.data('mutation { createRole(input: { name: "r2" }, reason: "r") { author } }', {}, ada);
    assert.deepEqual(data, { createRole: { author: ada.id } });
  } finally {
    Object.assign(world.domain.apiKeys, { names });
  }
});

test("what happens to keys is listed for auditors, page by page, and narrowed", async () => {
  const own = await openWorld();
  const ada = await keyOf(own, "Ada", ["ADMIN"], "ada");
  const twice = await own.data(
    'mutation { createApiKey(input: { name: "Ada again", roles: [REVIEWER], subject: { id: "ada" } }, reason: "two hats") { apiKey { id } } }',
    {},
    ada,
  );
  const second = String(at(twice, "createApiKey", "apiKey", "id"));
  own.clock.now += 1000;
  await own.storage.apiKeys.recordFailures([
    {
      id: "once",
      keyId: second,
      at: own.clock.now,
      failures: { since: own.clock.now - 5, wrongSecret: 3, expired: 0, revoked: 0 },
    },
  ]);
  own.clock.now += 1000;
  await own.data(`mutation { revokeApiKey(id: "${second}", reason: "lost") { apiKey { id } } }`, {}, ada);
  const EVENTS = `query ($filter: ApiKeyEventFilter, $first: Int, $after: String) {
    apiKeyEvents(filter: $filter, first: $first, after: $after) { pageInfo { hasNextPage endCursor }
      edges { node { event at keyId name subject { id } roles by { callerId name } reason byHolder failures { since wrongSecret expired revoked } } } } }`;
  const auditor = callerOf("key:x", "auditor");
  const list = async (filter?: unknown) => nodes(await own.data(EVENTS, { filter }, auditor), "apiKeyEvents");
  const all = await list();
  const base = { keyId: second, name: "Ada again", subject: { id: "ada" }, roles: ["REVIEWER"], failures: null };
  const by = { by: { callerId: ada.id, name: "Ada" }, byHolder: true };
  assert.deepEqual(all.slice(0, 3), [
    { ...base, ...by, event: "REVOKED", at: "2026-11-24T12:00:02.000Z", reason: "lost" },
    {
      ...base,
      event: "FAILED",
      at: "2026-11-24T12:00:01.000Z",
      by: null,
      byHolder: false,
      reason: null,
      failures: { since: "2026-11-24T12:00:00.995Z", wrongSecret: 3, expired: 0, revoked: 0 },
    },
    { ...base, ...by, event: "CREATED", at: "2026-11-24T12:00:00.000Z", reason: "two hats" },
  ]);
  assert.equal(all.length, 4);
  assert.deepEqual(await list({ keyId: second }), all.slice(0, 3));
  assert.deepEqual(await list({ event: "FAILED" }), [all[1]]);
  assert.deepEqual(await list({ callerId: ada.id }), [all[0], all[2]]);
  assert.deepEqual(await list({ callerId: "key:root" }), [all[3]]);
  assert.deepEqual(await list({ from: "2026-11-24T12:00:01Z", to: "2026-11-24T12:00:02Z" }), [all[1]]);
  assert.deepEqual(await list({ keyId: "nobody" }), []);
  const walked: unknown[] = [];
  for (let after: unknown = null; ; ) {
    const data = await own.data(EVENTS, { first: 1, after }, auditor);
    walked.push(...nodes(data, "apiKeyEvents"));
    if (at(data, "apiKeyEvents", "pageInfo", "hasNextPage") !== true) break;
    after = at(data, "apiKeyEvents", "pageInfo", "endCursor");
  }
  assert.deepEqual(walked, all);
  await own.data(
    'mutation { createApiKey(input: { name: "Ben", roles: [REVIEWER], subject: { id: "ben" } }, reason: "r") { key } }',
    {},
    ada,
  );
  assert.deepEqual(
    (await list({ event: "CREATED" })).map((event) => [at(event, "name"), at(event, "byHolder")]),
    // Who made Ada's own is not said: it may have been her.
    [
      ["Ben", false],
      ["Ada again", true],
      ["Ada", true],
    ],
  );
});
