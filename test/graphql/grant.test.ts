import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { openDemoBreakGlasses } from "../support/demoBreakGlasses.ts";
import { compareWithGrantCase, type GrantAnswer, readGrantCases } from "../support/grantCases.ts";
import { apply, at, callerOf, NOW, openWorld, pathsOf } from "./world.ts";

const world = await openWorld();
for (const name of readdirSync("seeds/hospital")
  .filter((name) => name.endsWith(".yaml"))
  .sort()) {
  const { operations } = parse(readFileSync(`seeds/hospital/${name}`, "utf8")) as { operations: readonly unknown[] };
  await apply(world, operations);
}
await openDemoBreakGlasses(world.domain);
const { cases } = readGrantCases("seeds/grants.yaml");
const server = callerOf("key:authorization-server", "service");

const SCOPES = "{ requested outcome scopes successor sunsetAt reasons { code message scope role ruleId } }";
const GRANT = `query ($input: DecideGrantInput!) { decideGrant(input: $input) {
  id outcome scope newScopes policyRevision decidedAt clientId subjectId patient purposeOfUse request by { callerId }
  reasons { code message } scopes ${SCOPES} } }`;
const DECISION = `query ($id: ID!) { decision(id: $id) {
  kind outcome scope action resourceType resourceId patient clientId subjectId obligations { type } newScopes
  reasons { code } scopeGrants ${SCOPES} request } }`;
const AUTHORIZE =
  "query ($input: AuthorizeInput!) { authorize(input: $input) { id kind outcome scopeGrants { outcome } newScopes } }";
const LIST =
  "query ($filter: DecisionFilter) { decisions(filter: $filter, first: 100) { edges { node { id kind } } } }";

const input = {
  clientId: "us-core-app",
  subject: { id: "ada" },
  scopes: ["patient/Patient.cruds", "launch/patient", "view everything"],
  heldScopes: ["openid"],
  purposeOfUse: "PATRQT",
  context: { patient: "ada" },
};
const access = { clientId: "ehr", scopes: [], action: "read", resource: { type: "Patient" } };

describe("tokens for the demo hospital, decided through GraphQL", () => {
  for (const item of cases) {
    test(item.name, async () => {
      world.clock.now = item.now;
      const answer = at(await world.data(GRANT, { input: item.request }, server), "decideGrant");
      world.clock.now = NOW;
      compareWithGrantCase(item, answer as GrantAnswer);
    });
  }
});

test("a grant has all that was asked and answered, and reads the same from the journal", async () => {
  const answer = at(await world.data(GRANT, { input }, server), "decideGrant") as Record<string, unknown>;
  const { id, reasons, scopes, request, ...rest } = answer;
  assert.deepEqual(rest, {
    outcome: "ALLOW",
    scope: "patient/Patient.rs launch/patient",
    newScopes: ["patient/Patient.rs", "launch/patient"],
    policyRevision: world.domain.policy.current().revision,
    decidedAt: "2026-11-24T12:00:00.000Z",
    clientId: "us-core-app",
    subjectId: "ada",
    patient: "ada",
    purposeOfUse: "PATRQT",
    by: { callerId: "key:authorization-server" },
  });
  const codes = (reasons as readonly { readonly code: string }[]).map(({ code }) => ({ code }));
  assert.deepEqual(codes, [{ code: "SCOPE_NOT_GRANTED" }, { code: "ALLOWED_BY_RULE" }, { code: "UNKNOWN_SCOPE" }]);
  assert.deepEqual(at(request, "heldScopes"), ["openid"]);
  assert.deepEqual(at(await world.data(DECISION, { id }, server), "decision"), {
    kind: "GRANT",
    outcome: "ALLOW",
    scope: "patient/Patient.rs launch/patient",
    action: "grant",
    resourceType: "scope",
    resourceId: null,
    patient: "ada",
    clientId: "us-core-app",
    subjectId: "ada",
    obligations: [],
    newScopes: ["patient/Patient.rs", "launch/patient"],
    reasons: codes,
    scopeGrants: scopes,
    request,
  });
});

test("decisions tells the kinds apart", async () => {
  const reader = callerOf("key:both", "service");
  const granted = at(await world.data(GRANT, { input }, reader), "decideGrant", "id");
  const allowed = at(await world.data(AUTHORIZE, { input: access }, reader), "authorize");
  assert.deepEqual([at(allowed, "kind"), at(allowed, "scopeGrants"), at(allowed, "newScopes")], ["ACCESS", null, null]);
  const list = async (filter: Readonly<Record<string, unknown>>) =>
    at(await world.data(LIST, { filter }, reader), "decisions", "edges");
  assert.deepEqual(await list({ kind: "GRANT" }), [{ node: { id: granted, kind: "GRANT" } }]);
  assert.deepEqual(await list({ kind: "ACCESS" }), [{ node: { id: at(allowed, "id"), kind: "ACCESS" } }]);
  assert.deepEqual(await list({ resourceType: "scope" }), [{ node: { id: granted, kind: "GRANT" } }]);
  assert.deepEqual(await list({ patient: "ada", reason: "UNKNOWN_SCOPE" }), [{ node: { id: granted, kind: "GRANT" } }]);
});

test("the same request id and input give the same grant; with another input, or for an access, it is refused", async () => {
  const asked = { ...input, requestId: "token-1" };
  const first = await world.data(GRANT, { input: asked }, server);
  assert.deepEqual(await world.data(GRANT, { input: asked }, server), first);
  const changed = await world.error("BAD_USER_INPUT", GRANT, { input: { ...asked, heldScopes: [] } }, server);
  assert.deepEqual(pathsOf(changed), ["input.requestId"]);
  const other = await world.error("BAD_USER_INPUT", AUTHORIZE, { input: { ...access, requestId: "token-1" } }, server);
  assert.deepEqual(pathsOf(other), ["input.requestId"]);
  await world.data(AUTHORIZE, { input: { ...access, requestId: "access-1" } }, server);
  await world.error("BAD_USER_INPUT", GRANT, { input: { ...input, requestId: "access-1" } }, server);
});

test("bad input is refused with every problem, and is no decision", async () => {
  const bad = { clientId: "", scopes: ["two words"], heldScopes: Array.from({ length: 1001 }, (_, i) => `s${i}`) };
  const error = await world.error("BAD_USER_INPUT", GRANT, { input: bad }, server);
  assert.deepEqual(pathsOf(error), ["input.clientId", "input.heldScopes"]);
  const many = { clientId: "ehr", scopes: Array.from({ length: 1001 }, (_, i) => `s${i}`) };
  assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", GRANT, { input: many }, server)), ["input.scopes"]);
});

test("only a service asks for grants", async () => {
  await world.error("FORBIDDEN", GRANT, { input }, callerOf("key:admin", "admin", "reviewer", "auditor"));
});

test("protocol scopes are given by the client's setting, and nobody registers or grants them", async () => {
  const put = (operation: object) =>
    [
      "mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision } }",
      { input: { operations: [operation], reason: "a test" } },
    ] as const;
  for (const name of ["openid", "launch/patient", "offline_access", "__own", "https://example.org/scope"]) {
    const registered = await world.error(
      "BAD_USER_INPUT",
      ...put({ putScope: { name, atoms: [{ resourceType: "identity", actions: ["use"] }] } }),
    );
    assert.match(JSON.stringify(registered), /is a protocol scope/);
    const granted = await world.error(
      "BAD_USER_INPUT",
      ...put({ grantScope: { clientId: "us-core-app", scope: name } }),
    );
    assert.match(JSON.stringify(granted), /protocolScopes of a client says/);
  }
  const asked = { ...input, scopes: ["openid", "launch/patient", "offline_access"] };
  const ask = async () => at(await world.data(GRANT, { input: asked }, server), "decideGrant");
  const byDefault = await ask();
  assert.equal(at(byDefault, "scope"), "openid launch/patient");
  const outcomes = (at(byDefault, "scopes") as readonly { readonly outcome: string }[]).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ["GRANTED", "GRANTED", "DENIED"]);
  await apply(world, [{ updateClient: { id: "us-core-app", protocolScopes: ["openid", "offline_access"] } }]);
  assert.equal(at(await ask(), "scope"), "openid offline_access");
});
