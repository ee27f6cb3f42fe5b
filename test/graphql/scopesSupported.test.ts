import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, at, callerOf, openWorld, pathsOf } from "./world.ts";

const world = await openWorld();
const scope = (name: string) => ({ putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read"] }] } });
await apply(world, [
  scope("view_labs"),
  { activateScope: { name: "view_labs" } },
  scope("view_drafts"),
  scope("view_old"),
  { activateScope: { name: "view_old" } },
  { deprecateScope: { name: "view_old", sunsetAt: "2099-01-01T00:00:00Z" } },
  { putScope: { name: "patient/Observation.rs" } },
  { activateScope: { name: "patient/Observation.rs" } },
]);
const service = callerOf("key:authorization-server", "service");
const list = async (args = ""): Promise<unknown> =>
  at(await world.data(`{ scopesSupported${args} }`, {}, service), "scopesSupported");

const ALL = [
  ...["email", "fhirUser", "launch", "launch/encounter", "launch/patient", "offline_access", "online_access", "openid"],
  ...["patient/Observation.rs", "profile", "view_labs"],
];

test("lists the scopes that are active and those of protocols, and no draft or deprecated one", async () => {
  assert.deepEqual(await list(), ALL);
});

test("goes on after a name, in pieces", async () => {
  assert.deepEqual(await list("(first: 3)"), ALL.slice(0, 3));
  assert.deepEqual(await list('(first: 3, after: "launch")'), ALL.slice(3, 6));
  assert.deepEqual(await list('(after: "lb")'), ALL.slice(5));
  assert.deepEqual(await list('(after: "zzz")'), []);
});

test("follows the policy, and is bounded", async () => {
  await apply(world, [{ activateScope: { name: "view_drafts" } }]);
  assert.deepEqual(await list('(after: "profile")'), ["view_drafts", "view_labs"]);
  for (const first of [0, 1001]) {
    const error = await world.error("BAD_USER_INPUT", `{ scopesSupported(first: ${first}) }`, {}, service);
    assert.deepEqual(pathsOf(error), ["first"]);
  }
  await world.error("FORBIDDEN", "{ scopesSupported }", {}, callerOf("key:nobody"));
});
