import assert from "node:assert/strict";
import { test } from "node:test";
import { isObjectType } from "graphql";
import { apply, at, callerOf, openWorld, ROOT } from "./world.ts";

const world = await openWorld();
const SERVICE = callerOf("key:s", "service");
const ALLOWED = { role: "*", scope: "view", action: "read", resourceType: "Observation", effect: "ALLOW" };
await apply(world, [
  { putClient: { id: "app", name: "Ward app" } },
  { putScope: { name: "view", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view" } },
  { grantScope: { clientId: "app", scope: "view" } },
  { putRole: { name: "reader" } },
  { putRule: { id: "r", ...ALLOWED, justification: "It is for a test." } },
  { assignRole: { clientId: "app", role: "reader", organization: "*" } },
  { assignRole: { subjectId: "nina", role: "reader", organization: "*" } },
]);
const DECIDE = (clientId: string) =>
  `{ authorize(input: { clientId: "${clientId}", action: "read", resource: { type: "Observation" } }) { outcome client { name } } }`;

test("every type that names a client by clientId has the client itself", () => {
  const without = Object.values(world.schema.getTypeMap()).filter(
    (type) => isObjectType(type) && "clientId" in type.getFields() && !("client" in type.getFields()),
  );
  assert.deepEqual(
    without.map(({ name }) => name),
    [],
  );
});

test("decisions, assignments and cells say what their client is called, without a statement more", async () => {
  for (const id of ["app", "app", "gone"]) await world.data(DECIDE(id), {}, SERVICE);
  const list = (fields: string) => `{ decisions { edges { node { clientId ${fields} } } } }`;
  const reads = async (source: string) => {
    const before = world.storage.statements();
    const data = await world.data(source);
    return { data, count: world.storage.statements() - before };
  };
  const [bare, named] = [await reads(list("")), await reads(list("client { id name status }"))];
  const app = { id: "app", name: "Ward app", status: "ACTIVE" };
  assert.deepEqual(
    (at(named.data, "decisions", "edges") as unknown[]).map((edge) => at(edge, "node", "client")),
    [null, app, app],
    "of a client that the policy does not have there is none",
  );
  assert.ok(named.count <= bare.count, `${bare.count} statements without, ${named.count} with clients`);
  const assigned = await world.data("{ assignments { edges { node { clientId client { id name } } } } }");
  assert.deepEqual(
    (at(assigned, "assignments", "edges") as unknown[]).map((edge) => at(edge, "node", "client")),
    [null, { id: "app", name: "Ward app" }],
  );
  const access = await world.data('{ clientAccess(input: { clientId: "app" }) { cells { client { name } } } }');
  assert.equal(at(access, "clientAccess", "cells", 0, "client", "name"), "Ward app");
});

test("who may not read the policy is told no client, though its id", async () => {
  assert.deepEqual(at(await world.data(DECIDE("app"), {}, SERVICE), "authorize"), { outcome: "ALLOW", client: null });
  assert.deepEqual(at(await world.data(DECIDE("app"), {}, ROOT), "authorize", "client"), { name: "Ward app" });
  const consent = callerOf("key:c", "consent");
  const record = await world.data(
    'mutation { recordConsent(input: { patient: "p", clientId: "app", effect: PERMIT, source: { kind: PAPER }, reason: "r" }) { terms { clientId client { name } } } }',
    {},
    consent,
  );
  assert.deepEqual(at(record, "recordConsent", "terms"), { clientId: "app", client: null });
  assert.deepEqual(
    at(
      await world.data("{ consents { edges { node { terms { client { name } } } } } }"),
      "consents",
      "edges",
      0,
      "node",
      "terms",
    ),
    { client: { name: "Ward app" } },
  );
});
