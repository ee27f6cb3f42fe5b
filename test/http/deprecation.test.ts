import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { LABELLED } from "../support/labelled.ts";
import {
  ADMIN_KEY,
  AUTHORIZE,
  applyPolicy,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

const START = Date.parse("2026-01-01T00:00:00.900Z");
const DAY = 86_400_000;
const BATCH = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }";
const CONDITION = { ...SMALL_REQUEST, scopes: ["view_conditions"], resource: { type: "Condition", id: "c" } };

let service: Service;
let now = START;
before(async () => {
  service = await startService({}, { clock: () => now });
  const scope = { name: "view_conditions", atoms: [{ resourceType: "Condition", actions: ["read"] }] };
  const { body } = await applyPolicy(service, [
    ...SMALL_POLICY,
    LABELLED,
    { putScope: scope },
    { activateScope: { name: "view_conditions" } },
    { grantScope: { clientId: "reader-app", scope: "view_conditions" } },
    {
      putRule: {
        id: "allow-conditions",
        scope: "view_conditions",
        effect: "ALLOW",
        justification: "This policy is for a test.",
        role: "*",
        action: "*",
        resourceType: "*",
      },
    },
    {
      putRule: {
        id: "deny-secret",
        resourceType: "Observation",
        when: 'resource.id == "secret"',
        effect: "DENY",
        role: "*",
        scope: "*",
        action: "*",
      },
    },
  ]);
  assert.equal(body.errors, undefined, JSON.stringify(body));
});
after(() => service.stop());

const deprecate = (name: string, sunsetAt: number) =>
  applyPolicy(service, [{ deprecateScope: { name, sunsetAt: new Date(sunsetAt).toISOString() } }]);
const headersOf = async (query: string, variables: unknown) => {
  const { headers, body } = await service.ask(query, { variables });
  assert.equal(body.errors, undefined, JSON.stringify(body));
  return [headers.get("deprecation"), headers.get("sunset")];
};

describe("the headers of an answer that rests on a deprecated scope", () => {
  test("are absent while the scope is active", async () => {
    assert.deepEqual(await headersOf(AUTHORIZE, { input: SMALL_REQUEST }), [null, null]);
  });

  test("say since when (RFC 9745) and until when (RFC 8594)", async () => {
    await deprecate("view_observations", START + 60 * DAY);
    now += DAY;
    assert.deepEqual(await headersOf(AUTHORIZE, { input: SMALL_REQUEST }), [
      "@1767225600",
      "Mon, 02 Mar 2026 00:00:00 GMT",
    ]);
  });

  test("are absent where nothing rests on it: another scope, a refusal, a question about the policy", async () => {
    assert.deepEqual(await headersOf(AUTHORIZE, { input: CONDITION }), [null, null]);
    const refused = { ...SMALL_REQUEST, resource: { type: "Observation", id: "secret" } };
    assert.deepEqual(await headersOf(AUTHORIZE, { input: refused }), [null, null]);
    assert.deepEqual(await headersOf("{ scopes { edges { node { name } } } }", {}), [null, null]);
  });

  test("of several answers are those of the earliest end", async () => {
    await deprecate("view_conditions", START + 30 * DAY);
    const expected = [`@${Math.floor(now / 1000)}`, "Sat, 31 Jan 2026 00:00:00 GMT"];
    assert.deepEqual(await headersOf(BATCH, { inputs: [SMALL_REQUEST, CONDITION] }), expected);
    assert.deepEqual(await headersOf(BATCH, { inputs: [CONDITION, SMALL_REQUEST] }), expected);
    const aliases = `query($a: AuthorizeInput!, $b: AuthorizeInput!) {
      a: authorize(input: $a) { outcome } b: authorize(input: $b) { outcome } }`;
    assert.deepEqual(await headersOf(aliases, { a: CONDITION, b: SMALL_REQUEST }), expected);
  });

  test("come at the AuthZEN door, too", async () => {
    const ask = (scope: string, type: string) =>
      service.get("/access/v1/evaluation", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` },
        body: JSON.stringify({
          subject: { type: "user", id: "ann" },
          action: { name: "read" },
          resource: { type, id: "c" },
          context: { client_id: "reader-app", scopes: [scope] },
        }),
      });
    const answer = await ask("view_conditions", "Condition");
    assert.deepEqual(answer.body, { decision: true });
    const sunset = "Sat, 31 Jan 2026 00:00:00 GMT";
    assert.deepEqual(
      [answer.headers.get("deprecation"), answer.headers.get("sunset")],
      [`@${Math.floor(now / 1000)}`, sunset],
    );
    const refused = await ask("view_conditions", "Observation");
    assert.deepEqual(refused.body, { decision: false });
    assert.equal(refused.headers.get("sunset"), null);
  });

  test("come with the scopes of a token, too", async () => {
    const input = { clientId: "reader-app", scopes: ["view_observations"] };
    const query = "query($input: DecideGrantInput!) { decideGrant(input: $input) { scopes { outcome } } }";
    assert.deepEqual((await headersOf(query, { input }))[1], "Mon, 02 Mar 2026 00:00:00 GMT");
  });

  test("are shown of the scope itself, with the day on which it was announced", async () => {
    const { body } = await service.ask('{ scope(name: "view_observations") { deprecatedAt sunsetAt state } }');
    assert.deepEqual(body.data.scope, {
      deprecatedAt: new Date(START).toISOString(),
      sunsetAt: new Date(START + 60 * DAY).toISOString(),
      state: "DEPRECATED",
    });
  });
});
