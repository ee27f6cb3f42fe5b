import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PostgresRoom, postgresRoom } from "../storage/postgresServer.ts";
import { consentOf } from "../support/consents.ts";
import { AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const time = { now: Date.now() };
const options = { clock: () => time.now };
let server: PostgresRoom;
let one: Service;
let other: Service;
before(async () => {
  server = await postgresRoom();
  const env = { DATABASE_URL: await server.freshDatabase() };
  [one, other] = [await startService(env, options), await startService(env, options)];
  const asking = SMALL_POLICY.map((operation) =>
    "putScope" in operation ? { putScope: { ...operation.putScope, requiresConsent: true } } : operation,
  );
  const { body } = await applyPolicy(one, asking);
  assert.equal(body.errors, undefined, JSON.stringify(body));
  await other.app.domain.policy.refresh();
});
after(async () => {
  await Promise.all([one?.stop(), other?.stop()]);
  await server.remove();
});

const consent = (patient: string, version: number, scopes: readonly string[] | null) =>
  one.app.storage.consents.add(consentOf({ id: `c-${patient}`, patient, version, scopes }));

test("a retry at another instance has the same answer, until the consent on which it rests is taken back", async () => {
  const { key } = await one.createKey("SERVICE");
  const ask = async (service: Service, patient: string, more: object = {}) => {
    const resource = { type: "Observation", id: "o-1", patient };
    const input = { ...SMALL_REQUEST, resource, requestId: `r-${patient}`, ...more };
    const { body } = await service.ask(AUTHORIZE, { variables: { input }, key });
    return body.errors?.[0].extensions.code ?? `${body.data.authorize.outcome} ${body.data.authorize.id}`;
  };
  for (const patient of ["ann", "bob"]) await consent(patient, 1, null);
  const all = await Promise.all(Array.from({ length: 10 }, (_, i) => ask(i % 2 === 0 ? one : other, "ann")));
  assert.equal(new Set(all).size, 1);
  const [first] = all;
  assert.match(String(first), /^ALLOW /);
  assert.equal(await ask(other, "ann"), first);
  assert.equal(await ask(other, "ann", { action: "search" }), "BAD_USER_INPUT");
  const bobs = await ask(one, "bob");
  await consent("ann", 2, []);
  const again = await Promise.all(Array.from({ length: 10 }, (_, i) => ask(i % 2 === 0 ? one : other, "ann")));
  assert.equal(new Set(again).size, 1);
  assert.match(String(again[0]), /^DENY /);
  assert.equal(await ask(other, "bob"), bobs, "what is another's changes nothing");
  await consent("ann", 3, null);
  assert.equal(await ask(one, "ann"), again[0], "a DENY is repeated");
  time.now += 5 * 60_000;
  assert.match(String(await ask(one, "ann", { action: "search" })), /^DENY /);
  assert.notEqual(await ask(other, "bob"), bobs);
});
