import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type PostgresRoom, postgresRoom } from "../storage/postgresServer.ts";
import { consentOf } from "../support/consents.ts";
import { AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

let server: PostgresRoom;
let url: string;
let one: Service;
let other: Service;
before(async () => {
  server = await postgresRoom();
  url = await server.freshDatabase();
  const env = { DATABASE_URL: url };
  [one, other] = [await startService(env), await startService(env)];
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

const ALL = null;
const NOTHING: readonly string[] = [];

test("a consent that one instance recorded or narrowed is felt by the very next decision of the other, under load", async () => {
  const { key } = await other.createKey("SERVICE");
  const outcomeOf = async (patient: string): Promise<string> => {
    const input = { ...SMALL_REQUEST, resource: { type: "Observation", id: "o-1", patient } };
    const { body } = await other.ask(AUTHORIZE, { variables: { input }, key });
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return body.data.authorize.outcome;
  };
  let busy = true;
  const load = Array.from({ length: 4 }, async (_, i) => {
    while (busy) await outcomeOf(`busy-${i}`);
  });
  const patients = ["ann", "bob", "eve"].map(async (patient) => {
    assert.equal(await outcomeOf(patient), "DENY");
    for (let version = 1; version <= 10; version++) {
      const scopes = version % 2 === 1 ? ALL : NOTHING;
      await one.app.storage.consents.add(consentOf({ id: `c-${patient}`, patient, version, scopes }));
      assert.equal(await outcomeOf(patient), version % 2 === 1 ? "ALLOW" : "DENY", `${patient}, version ${version}`);
    }
  });
  await Promise.all(patients).finally(() => {
    busy = false;
  });
  await Promise.all(load);
});

test("where consents can't be read there is no decision, and none is recorded, until they can", async () => {
  const { key } = await other.createKey("SERVICE");
  const input = { ...SMALL_REQUEST, resource: { type: "Observation", id: "o-1", patient: "nobody" } };
  const ask = () => other.ask(AUTHORIZE, { variables: { input }, key });
  const decisions = async () =>
    Number((await server.admin("SELECT COUNT(*) AS n FROM journal WHERE kind = 'DECISION'", url))[0]?.n);
  const before = await decisions();
  await server.admin("ALTER TABLE consent RENAME TO consent_away", url);
  try {
    const { status, body } = await ask();
    assert.equal(status, 503);
    assert.equal(body.errors[0].extensions.code, "POLICY_UNAVAILABLE");
  } finally {
    await server.admin("ALTER TABLE consent_away RENAME TO consent", url);
  }
  assert.equal(await decisions(), before);
  const { body } = await ask();
  assert.equal(body.data.authorize.outcome, "DENY");
});
