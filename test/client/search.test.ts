import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Client, createClient } from "../../clients/node/src/client.ts";
import { clientKey, seed } from "../http/authzenSupport.ts";
import { type Service, startService } from "../http/support.ts";
import { type FaultyProxy, startProxy } from "./faultyProxy.ts";

let service: Service;
let proxy: FaultyProxy;
let client: Client;
before(async () => {
  service = await startService();
  await seed(service, "hospital");
  const { key } = await clientKey(service, "lab-portal");
  proxy = await startProxy(service.url);
  client = createClient({ url: proxy.url, key, timeoutMs: 5000 });
});
after(async () => {
  await proxy.close();
  await service.stop();
});

const clientId = "lab-portal";
const resource = { type: "DiagnosticReport", id: "d1", patient: "ada", organization: "city-lab" };
const subject = { type: "user", id: "tess" };
const purposeOfUse = "TREAT";

test("subjects, resources and actions are found as AuthZEN finds them", async () => {
  const question = { clientId, purposeOfUse, action: "read", resource };
  const who = await client.searchSubjects({ ...question, subject: { type: "user" } });
  assert.equal(who.error, null);
  assert.equal(who.complete, true);
  assert.ok(who.items.some(({ id, type }) => id === "tess" && type === "user"));
  for (const { id, obligations } of who.items) {
    const answer = await client.authorize({ ...question, subject: { type: "user", id } });
    assert.ok(answer.outcome === "allowed", id);
    assert.deepEqual(answer.obligations, obligations);
  }
  const what = await client.searchActions({ clientId, purposeOfUse, subject, resource });
  assert.deepEqual(
    what.items.map(({ name }) => name),
    ["read", "search"],
  );
  const which = await client.searchResources({
    clientId,
    purposeOfUse,
    subject,
    action: "read",
    resource: { type: "DiagnosticReport", organization: "city-lab" },
  });
  assert.deepEqual([which.error, which.complete], [null, true]);
});

test("a list goes on from page to page up to its limit, and says whether there is more", async () => {
  const question = { clientId, purposeOfUse, action: "read", resource, subject: { type: "user" } };
  const all = await client.searchSubjects(question);
  assert.ok(all.items.length > 1);
  const one = await client.searchSubjects(question, { limit: 1 });
  assert.deepEqual(one.items, all.items.slice(0, 1));
  assert.equal(one.complete, false);
  assert.equal(one.error, null);
  const exactly = await client.searchSubjects(question, { limit: all.items.length + 1 });
  assert.deepEqual([exactly.items, exactly.complete], [all.items, true]);
});

test("what an outage leaves of a list is not complete", async () => {
  const page = (token: string, ...ids: readonly string[]) => ({
    status: 200,
    body: JSON.stringify({ page: { next_token: token }, results: ids.map((id) => ({ type: "user", id })) }),
  });
  const question = { clientId, action: "read", resource, subject: { type: "user" } };
  proxy.faults.push(page("more", "a", "b"), { status: 500 });
  const found = await client.searchSubjects(question);
  assert.deepEqual(
    found.items.map(({ id }) => id),
    ["a", "b"],
  );
  assert.equal(found.complete, false);
  assert.equal(found.error?.kind, "unavailable");
  proxy.faults.push(page("more", "a", "b"), page("", "c"));
  assert.equal((await client.searchSubjects(question)).complete, true);
  const changed = { page: { next_token: "" }, context: { policy_changed: { from: 1, to: 2 } }, results: [] };
  proxy.faults.push(page("more", "a"), { status: 200, body: JSON.stringify(changed) });
  assert.equal((await client.searchSubjects(question)).complete, false);
  for (const body of [{}, { page: { next_token: "" }, results: [{ id: 1 }] }, { results: [] }]) {
    proxy.faults.push({ status: 200, body: JSON.stringify(body) });
    const none = await client.searchSubjects(question);
    assert.deepEqual([none.items, none.complete, none.error?.kind], [[], false, "unavailable"]);
  }
});

test("what a search has no place for is refused, and not left out", async () => {
  const question = { clientId, action: "read", resource, subject: { type: "user" } };
  for (const [more, message] of [
    [{ context: { tokenId: "t" } }, /context\.tokenId/],
    [{ requestId: "r" }, /requestId/],
    [{ resource: { ...resource, label: ["R"] } }, /resource\.label/],
    [{ scopes: undefined }, /scopes/],
  ] as const) {
    const found = await client.searchSubjects({ ...question, ...more } as never);
    assert.equal(found.error?.kind, "refused");
    assert.match(found.error?.message ?? "", message);
    assert.deepEqual([found.items, found.complete], [[], false]);
  }
  for (const limit of [0, -1, 1.5, "9"]) {
    const found = await client.searchSubjects(question, { limit: limit as number });
    assert.match(found.error?.message ?? "", /limit/);
  }
});

test("a client without a person is one that acts as itself", async () => {
  const found = await client.searchActions({ clientId, resource });
  assert.equal(found.error, null);
  const answer = await client.authorize({ clientId, resource, action: "read" });
  assert.equal(
    found.items.some(({ name }) => name === "read"),
    answer.allowed,
  );
});

test("who can, by way of which client; and the scopes that there are", async () => {
  const found = await client.whoCan({ clientId, action: "read", resource, purposeOfUse });
  assert.equal(found.error, null);
  assert.equal(found.complete, true);
  assert.ok(found.items.some(({ subjectId }) => subjectId === "tess"));
  const some = await client.whoCan({ clientId, action: "read", resource, purposeOfUse }, { limit: 1 });
  assert.deepEqual([some.items, some.complete], [found.items.slice(0, 1), false]);
  const scopes = await client.scopesSupported();
  assert.ok(scopes.items.includes("view_lab_results"));
  assert.equal(scopes.complete, true);
  const first = await client.scopesSupported({ limit: 2 });
  assert.deepEqual([first.items, first.complete], [scopes.items.slice(0, 2), false]);
});

test("a token is active, not active, or nobody knows", async () => {
  const answer = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
  proxy.faults.push(answer({ active: true, client_id: "app", scope: "a b" }));
  assert.deepEqual(await client.introspect("t&x=1"), {
    outcome: "active",
    active: true,
    claims: { active: true, client_id: "app", scope: "a b" },
  });
  const sent = proxy.seen.at(-1);
  assert.deepEqual([sent?.path, sent?.body], ["/introspect", "token=t%26x%3D1"]);
  assert.equal(sent?.headers["content-type"], "application/x-www-form-urlencoded");
  proxy.faults.push(answer({ active: false }));
  assert.deepEqual(await client.introspect("t"), { outcome: "inactive", active: false });
  for (const fault of [answer({}), answer({ active: "true" }), { status: 500 }]) {
    proxy.faults.push(fault);
    const unknown = await client.introspect("t");
    assert.ok(unknown.outcome === "error");
    assert.equal(unknown.active, false);
    assert.equal(unknown.kind, "unavailable");
  }
});
