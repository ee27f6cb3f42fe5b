import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { ADMIN_KEY, applyPolicy, request, type Service, SMALL_POLICY, startService } from "./support.ts";

let service: Service;
before(async () => {
  service = await startService({
    LOG_LEVEL: "trace",
    SCOPEWARDEN_JWKS_URL: "http://127.0.0.1:9/jwks",
    SCOPEWARDEN_JWT_ISSUER: "https://as.test",
    SCOPEWARDEN_JWT_AUDIENCE: "urn:test",
  });
  await applyPolicy(service, SMALL_POLICY);
});
after(() => service.stop());

const C = "canary";
const input = {
  clientId: `${C}-client`,
  subject: { id: `${C}-subject`, organization: `${C}-organization`, attributes: { note: `${C}-attribute` } },
  scopes: [`${C}-scope`, "view_observations"],
  action: `${C}Action`,
  resource: {
    type: `${C}Type`,
    id: `${C}-resource`,
    patient: `${C}-patient`,
    labels: [`${C}-label`],
    attributes: { [`${C}-name`]: `${C}-value` },
  },
  purposeOfUse: `${C}-purpose`,
  context: {
    patient: `${C}-patient`,
    ipAddress: `${C}-ip`,
    userAgent: `${C}-agent`,
    tokenId: `${C}-token`,
    attributes: { why: `${C}-why` },
  },
  requestId: `${C}-request`,
};
const query = "query Ask($input: AuthorizeInput!) { authorize(input: $input) { id outcome } }";

test("nothing of a request, good or bad, is in any log line or metric", async () => {
  const { url } = service;
  const json = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
  const decided = await service.ask(query, { variables: { input } });
  assert.equal(decided.body.data.authorize.outcome, "DENY");
  await service.ask(`query ${C}Operation { me: __typename decisions(first: 1) { edges { node { id } } } }`);
  // Each of these is refused at another place.
  const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  await service.ask(query, { variables: { input: { ...input, action: "other" } } });
  await service.ask(query, { variables: { input: { ...input, clientId: `${C}\u0000` } } });
  await service.ask(query, { variables: { input: { ...input, [`${C}Field`]: 1 } } });
  await service.ask(query, { variables: { input: `${C}-not-an-object` } });
  await service.ask(`{ ${C}Field }`);
  await service.ask(`{ authorize(input: "${C}") { id } }`);
  await service.ask(
    `{ decision(id: "${C}-decision") { id } decisions(filter: { patient: "${C}-patient" }, after: "${C}-cursor") { edges { node { id } } } }`,
  );
  await service.ask(`mutation { deleteClient(input: { id: "${C}-client" }, reason: "${C}-reason") { revision } }`);
  await service.ask(
    `mutation { createRule(input: { id: "${C}-rule", effect: ALLOW, when: "${C} ==" }, reason: "${C}") { revision } }`,
  );
  await service.ask("{ __typename }", { key: `swk_${C}000000_${`${C}secret`.padEnd(43, "A")}` });
  await service.ask("{ __typename }", { key: `${C}-wrong-key` });
  await service.ask("{ __typename }", {
    key: `${b64({ alg: "RS256", typ: "at+jwt", kid: `${C}-kid` })}.${b64({ iss: "https://as.test", sub: `${C}-sub` })}.${C}`,
  });
  await service.ask("{ __typename }", {
    headers: {
      "user-agent": `${C}-browser`,
      "x-request-id": `${C}-id`,
      "x-forwarded-for": `${C}-address`,
      cookie: `${C}=1`,
      referer: `http://${C}/`,
    },
  });
  await request(`${url}/graphql`, { method: "POST", headers: json, body: `{"query": ${C}-bad-json` });
  await request(`${url}/graphql`, { method: "POST", headers: { ...json, "content-type": `text/${C}` }, body: C });
  await request(`${url}/${C}-path?${C}-name=${C}-value`, { headers: json });
  await request(`${url}/graphql?query=${C}&${C}=1`, { headers: json });
  await request(`${url}/livez?patient=${C}`);
  await request(`${url}/%E0%A4%A?${C}`);
  await service.app.domain.policy.refresh();

  const metrics = await service.get("/metrics", { headers: json });
  assert.equal(metrics.status, 200);
  const told = [...service.lines, metrics.text].join("\n");
  assert(service.lines.length > 20);
  const found = told.split("\n").filter((line) => line.toLowerCase().includes(C));
  assert.deepEqual(found, []);
  for (const secret of [ADMIN_KEY, b64({ iss: "https://as.test", sub: `${C}-sub` })]) assert(!told.includes(secret));
});

test("a request's line says who asked, by which way, how long it took, and how many were allowed", async () => {
  const from = service.lines.length;
  await service.ask(query, {
    variables: { input: { clientId: "reader-app", action: "read", resource: { type: "Observation" } } },
  });
  const found = () => service.lines.slice(from).find((each) => each.includes('"operationType"'));
  await eventually("the line", () => found() !== undefined);
  const line = JSON.parse(found() ?? "null");
  assert.equal(typeof line.ms, "number");
  assert.match(line.requestId, /^[0-9a-f-]{36}$/);
  const { method, route, status, caller, operationType, fields, allowed, denied } = line;
  assert.deepEqual(
    { method, route, status, caller, operationType, fields, allowed, denied },
    {
      method: "POST",
      route: "/graphql",
      status: 200,
      caller: "key:admin",
      operationType: "query",
      fields: ["authorize"],
      allowed: 1,
      denied: 0,
    },
  );
});

test("metrics count decisions, time, failures and the state of policy and journal; a key of any role may read them", async () => {
  const { key } = await service.createKey("AUDITOR");
  const { text, headers } = await service.get("/metrics", { headers: { authorization: `Bearer ${key}` } });
  assert.match(headers.get("content-type") ?? "", /^text\/plain/);
  for (const line of [
    /^scopewarden_decisions_total\{outcome="ALLOW",door="graphql"\} [1-9]/m,
    /^scopewarden_decisions_total\{outcome="DENY",door="graphql"\} [1-9]/m,
    /^scopewarden_decision_seconds_bucket\{le="0.005",door="graphql"\} \d/m,
    /^scopewarden_undecided_total\{code="BAD_USER_INPUT",door="graphql"\} [1-9]/m,
    /^scopewarden_authentication_failures_total\{kind="unknown_key"\} [1-9]/m,
    /^scopewarden_authentication_failures_total\{kind="unavailable"\} [1-9]/m,
    /^scopewarden_http_requests_total\{route="\/graphql",status="200"\} [1-9]/m,
    /^scopewarden_http_requests_total\{route="unmatched",status="404"\} [1-9]/m,
    /^scopewarden_policy_revision 1$/m,
    /^scopewarden_journal_queued 0$/m,
    /^scopewarden_journal_queued_bytes 0$/m,
    /^scopewarden_journal_lag_seconds 0$/m,
    /^scopewarden_journal_failures 0$/m,
    /^scopewarden_nodejs_eventloop_lag_seconds /m,
  ]) {
    assert.match(text, line);
  }
});

test("readiness tells of each check", async () => {
  assert.deepEqual((await service.get("/readyz")).body, {
    status: "ready",
    checks: { policy: "ok", journal: "ok", followers: "ok", index: "ok", draining: false },
  });
});
