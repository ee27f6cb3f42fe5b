import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { apply, at, callerOf, openWorld, pathsOf, ROOT, type World } from "./world.ts";

const PUT =
  'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "as HR has it") { count revision } }';
const DELETE =
  'mutation ($entities: [EntityRef!]!) { deleteEntities(entities: $entities, reason: "left") { count revision } }';

let world: World;
before(async () => {
  world = await openWorld();
  await apply(world, [
    { putClient: { id: "app", name: "App" } },
    { putScope: { name: "read_it", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { activateScope: { name: "read_it" } },
    { grantScope: { clientId: "app", scope: "read_it" } },
    {
      putRule: {
        ...{ id: "team", role: "*", scope: "read_it", action: "read", resourceType: "Observation", effect: "ALLOW" },
        ...{ when: "subject.id in resource.attributes.careTeam", justification: "This policy is for a test." },
      },
    },
  ]);
});
beforeEach(async () => {
  const { entities } = world.domain.directory.current();
  const all = [...entities.values()].flatMap((known) => [...known.values()].map(({ type, id }) => ({ type, id })));
  if (all.length > 0) await world.data(DELETE, { entities: all });
});
const put = (...entities: object[]) => world.data(PUT, { entities });
const observation = (careTeam: readonly string[]) => ({
  type: "Observation",
  id: "o1",
  properties: { careTeam, patient: "ada" },
});
const read = async (): Promise<unknown> =>
  at(
    await world.data(
      'query { authorize(input: { clientId: "app", subject: { id: "nina" }, action: "read", resource: { type: "Observation", id: "o1" } }) { id outcome patient request policyRevision } }',
    ),
    "authorize",
  );

test("what an admin puts is known to the next decision, and what is deleted to no other", async () => {
  assert.equal(at(await read(), "outcome"), "DENY");
  const revision = Number(at(await put(observation(["nina"])), "putEntities", "revision"));
  const allowed = await read();
  assert.equal(at(allowed, "outcome"), "ALLOW");
  // Policy and directory count for themselves.
  assert.equal(at(allowed, "policyRevision"), 1);
  assert.deepEqual(at(await world.data(DELETE, { entities: [{ type: "Observation", id: "o1" }] }), "deleteEntities"), {
    count: 1,
    revision: revision + 1,
  });
  assert.equal(at(await read(), "outcome"), "DENY");
  assert.equal(
    at(await world.data(DELETE, { entities: [{ type: "Observation", id: "o1" }] }), "deleteEntities", "count"),
    0,
  );
});

test("a decision is about the patient whom the directory names, found by that, and its request is as it was asked", async () => {
  await put(observation(["nina"]));
  const decided = await read();
  assert.equal(at(decided, "patient"), "ada");
  assert.equal(at(decided, "request", "resource", "patient"), null);
  const found = await world.data('query { decisions(filter: { patient: "ada" }, first: 1) { edges { node { id } } } }');
  assert.equal(at(found, "decisions", "edges", 0, "node", "id"), at(decided, "id"));
});

test("a decision is explained by what was known when it was made", async () => {
  await put(observation(["nina"]));
  const decided = await read();
  await put(observation(["mia"]));
  assert.equal(at(await read(), "outcome"), "DENY");
  const explained = await world.data(
    "query ($id: ID!) { explanation(decisionId: $id) { reproduced difference decision { outcome } } }",
    { id: at(decided, "id") },
  );
  assert.deepEqual(at(explained, "explanation"), {
    reproduced: true,
    difference: null,
    decision: { outcome: "ALLOW" },
  });
});

test("simulations see it, and change nothing of it", async () => {
  await put(observation(["nina"]));
  const simulated = await world.data(
    'query { simulate(input: { operations: [{ deleteRule: { id: "team" } }], requests: [{ clientId: "app", subject: { id: "nina" }, action: "read", resource: { type: "Observation", id: "o1" } }] }) { results { before { outcome } after { outcome } } } }',
  );
  assert.deepEqual(at(simulated, "simulate", "results", 0), {
    before: { outcome: "ALLOW" },
    after: { outcome: "DENY" },
  });
});

test("rollback of the policy does not touch it", async () => {
  await put(observation(["nina"]));
  await apply(world, [{ putRole: { name: "later" } }]);
  await world.data('mutation { rollbackPolicy(toRevision: 1, reason: "back") { revision } }');
  assert.equal(at(await read(), "outcome"), "ALLOW");
});

test("entities are read one by one and as pages, with their versions", async () => {
  const revision = Number(
    at(
      await put({ type: "user", id: "b" }, { type: "user", id: "a", properties: { unit: "w" } }),
      "putEntities",
      "revision",
    ),
  );
  const one = await world.data(
    'query { entity(type: "user", id: "a") { type id properties version } none: entity(type: "user", id: "z") { id } }',
  );
  assert.deepEqual(at(one, "entity"), { type: "user", id: "a", properties: { unit: "w" }, version: revision });
  assert.equal(at(one, "none"), null);
  const page = await world.data(
    "query { entities(first: 1) { edges { node { id } } pageInfo { hasNextPage endCursor } } }",
  );
  assert.deepEqual(at(page, "entities", "edges", 0, "node", "id"), "a");
  const after = at(page, "entities", "pageInfo", "endCursor");
  const next = await world.data(
    "query ($after: String) { entities(after: $after) { edges { node { id } } pageInfo { hasNextPage } } }",
    { after },
  );
  assert.deepEqual(at(next, "entities"), { edges: [{ node: { id: "b" } }], pageInfo: { hasNextPage: false } });
});

test("every problem is told with its path, and changes nothing", async () => {
  const deep = { a: { b: { c: { d: { e: { f: {} } } } } } };
  const entities = [
    { type: "", id: "*" },
    { type: "t", id: "1", properties: [] },
    { type: "t", id: "2", properties: deep },
    { type: "t", id: "3", properties: { a: "\0" } },
    { type: "t", id: "4", properties: { labels: "R", patient: "", careTeam: ["a", 1], vip: "yes" } },
    { type: "t", id: "5", properties: { patient: "ada", patients: ["ben"] } },
    { type: "Patient", id: "Patient/ada", properties: { patient: "ben" } },
    { type: "t", id: "6", properties: { a: "x".repeat(16_380) } },
    { type: "t", id: "good" },
  ];
  const refused = await world.error("BAD_USER_INPUT", PUT, { entities });
  assert.deepEqual(pathsOf(refused), [
    "entities[0].type",
    "entities[0].id",
    "entities[1].properties",
    "entities[2].properties",
    "entities[3].properties",
    "entities[4].properties.patient",
    "entities[4].properties.labels",
    "entities[4].properties.careTeam",
    "entities[4].properties.vip",
    "entities[5].properties.patient",
    "entities[6].properties.patient",
    "entities[7].properties",
  ]);
  for (const [given, message] of [
    [[], /must have an item/],
    [Array.from({ length: 1_001 }, (_, i) => ({ type: "t", id: `${i}` })), /at most 1000 items/],
    [
      [
        { type: "Patient", id: "ada" },
        { type: "Patient", id: "Patient/ada" },
      ],
      /entities\[1\]: stands twice/,
    ],
  ] as const) {
    assert.match((await world.error("BAD_USER_INPUT", PUT, { entities: given })).message, message);
    assert.match((await world.error("BAD_USER_INPUT", DELETE, { entities: given })).message, message);
  }
  const silent = PUT.replace('"as HR has it"', '" "');
  assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", silent, { entities: [{ type: "t", id: "1" }] })), [
    "reason",
  ]);
  assert.equal(world.domain.directory.entity({ type: "t", id: "good" }), null);
});

test("admins change it, reviewers and auditors read it, and services neither", async () => {
  for (const role of ["service", "reviewer", "auditor"] as const)
    for (const query of [PUT, DELETE])
      await world.error("FORBIDDEN", query, { entities: [{ type: "t", id: "1" }] }, callerOf("key:x", role));
  await world.data(PUT, { entities: [{ type: "t", id: "1" }] }, { ...ROOT, roles: new Set(["admin"]) });
  for (const role of ["admin", "reviewer", "auditor"] as const)
    await world.data("query { entities { edges { node { id } } } }", {}, callerOf("key:x", role));
  await world.error("FORBIDDEN", 'query { entity(type: "t", id: "1") { id } }', {}, callerOf("key:x", "service"));
});
