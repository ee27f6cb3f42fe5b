import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldNode, type GraphQLError, GraphQLObjectType, GraphQLSchema, Kind, parse } from "graphql";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { guardSchema } from "../../src/graphql/door/guard.ts";
import { itemFields } from "../../src/graphql/itemFields.ts";
import { createLoaders } from "../../src/graphql/loaders.ts";
import { apply, at, openWorld, pathsOf } from "./world.ts";

const COUNT = 100;
const many = (make: (i: number) => unknown): unknown[] => Array.from({ length: COUNT }, (_, i) => make(i));

const world = await openWorld();
await apply(world, [
  { putRole: { name: "staff" } },
  { putRole: { name: "nurse", inherits: ["staff"] } },
  ...many((i) => ({ putClient: { id: `client${i}`, name: "x" } })),
  ...many((i) => ({ putScope: { name: `view_${i}`, atoms: [{ resourceType: "Observation", actions: ["read"] }] } })),
  ...many((i) => ({ grantScope: { clientId: `client${i}`, scope: `view_${i}` } })),
  ...many((i) => ({ grantScope: { clientId: "client0", scope: `view_${i}` } })),
  ...many((i) => ({ assignRole: { clientId: `client${i}`, role: "nurse", organization: "*" } })),
  ...many((i) => ({
    putRule: { id: `rule${i}`, role: "nurse", scope: `view_${i}`, effect: "ALLOW", action: "*", resourceType: "*" },
  })),
  { putRule: { id: "any", effect: "DENY", role: "*", scope: "*", action: "*", resourceType: "*" } },
  { grantScope: { clientId: "client0", scope: "patient/Observation.rs" } },
  { assignRole: { subjectId: "nina", role: "staff", organization: "north" } },
]);

/** What follows the journal runs statements of its own meanwhile, now and then. */
const TRIES = 5;

/** The SQL statements that a query runs, and what it answers. */
async function statements(source: string): Promise<{ readonly count: number; readonly data: unknown }> {
  let least = Number.POSITIVE_INFINITY;
  let data: unknown;
  for (let n = 0; n < TRIES; n++) {
    const before = world.storage.statements();
    data = await world.data(source);
    least = Math.min(least, world.storage.statements() - before);
  }
  return { count: least, data };
}

test("a list of 100 with everything nested runs one statement a relation, however long it is", async () => {
  const query = (first: number) => `{ scopes(first: ${first}) { edges { node {
    name
    versions { version }
    clients { id grants { scope scopeVersions { version } } assignments { role roleObject { name inheritsRoles { name } } } }
    grants { clientId client { name } }
    rules { id roles { name rules(first: 3) { id } assignments(first: 5) { clientId } } scopeVersions { version } }
  } } } }`;
  const [one, hundred] = [await statements(query(1)), await statements(query(100))];
  assert.equal((at(hundred.data, "scopes", "edges") as unknown[]).length, 100);
  assert.ok(hundred.count <= 12, `${hundred.count} statements`);
  assert.ok(hundred.count <= one.count + 1, `${one.count} statements for one scope, ${hundred.count} for a hundred`);
});

test("scopes with clients, grants and rules run four statements", async () => {
  const { count, data } = await statements(
    "{ scopes(first: 100) { edges { node { name clients { id } grants { clientId } rules { id } } } } }",
  );
  assert.equal(count, 4);
  const nodes = (at(data, "scopes", "edges") as unknown[]).map((edge) => at(edge, "node"));
  for (const node of nodes) {
    const i = String(at(node, "name")).replace("view_", "");
    const clients = i === "0" ? [{ id: "client0" }] : [{ id: "client0" }, { id: `client${i}` }];
    assert.deepEqual(at(node, "clients"), clients);
    assert.deepEqual(
      at(node, "grants"),
      clients.map(({ id }) => ({ clientId: id })),
    );
    assert.deepEqual(at(node, "rules"), [{ id: `rule${i}` }]);
  }
});

test("relations say what they say, from every side", async () => {
  const data = await world.data(`{
    client(id: "client1") { grants { scope scopeVersions { name state } client { id } } assignments { role roleObject { name } } }
    role(name: "nurse") { inheritsRoles { name } rules(first: 2) { id } assignments(first: 2) { clientId } }
    rule(id: "any") { role scope roles { name } scopeVersions { name } }
    smart: grants(filter: { scope: "patient/Observation.rs" }) { edges { node { clientId scopeVersions { name } } } }
    assignments(filter: { subjectId: "nina" }) { edges { node { subjectId roleObject { name inheritsRoles { name } } } } }
  }`);
  assert.deepEqual(data, {
    client: {
      grants: [{ scope: "view_1", scopeVersions: [{ name: "view_1", state: "DRAFT" }], client: { id: "client1" } }],
      assignments: [{ role: "nurse", roleObject: { name: "nurse" } }],
    },
    role: {
      inheritsRoles: [{ name: "staff" }],
      rules: [{ id: "rule0" }, { id: "rule1" }],
      assignments: [{ clientId: "client0" }, { clientId: "client1" }],
    },
    rule: { role: "*", scope: "*", roles: [], scopeVersions: [] },
    smart: { edges: [{ node: { clientId: "client0", scopeVersions: [] } }] },
    assignments: {
      edges: [{ node: { subjectId: "nina", roleObject: { name: "staff", inheritsRoles: [] } } }],
    },
  });
});

test("a nested list has 100 items unless said, 1 to 500", async () => {
  const lengths = await world.data(
    '{ client(id: "client0") { few: grants(first: 7) { scope } some: grants { scope } all: grants(first: 500) { scope } } }',
  );
  assert.deepEqual(
    ["few", "some", "all"].map((name) => (at(lengths, "client", name) as unknown[]).length),
    [7, 100, 101],
  );
  for (const first of [0, 501]) {
    const error = await world.error(
      "BAD_USER_INPUT",
      `{ client(id: "client0") { grants(first: ${first}) { scope } } }`,
    );
    assert.deepEqual(pathsOf(error), ["first"]);
    assert.deepEqual(error.path, ["client", "grants"]);
  }
});

test("an answer that grows beyond reason is stopped, though it is made of few rows", async () => {
  const source = `{ scopes(first: 100) { edges { node { clients { grants { client { grants { scope } } } } } } } }`;
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < TRIES; n++) {
    const before = world.storage.statements();
    const error = await world.error("LIMIT_EXCEEDED", source);
    assert.match(error.message, /more than 30000 nested items/);
    least = Math.min(least, world.storage.statements() - before);
  }
  assert.ok(least <= 6);
});

test("rows are counted as often as they stand in the answer", async () => {
  const loaders = createLoaders({
    giveWay: () => Promise.resolve(),
    apiKeys: world.domain.apiKeys,
    reader: {
      page: () => Promise.reject(new Error("not asked")),
      related: async ({ values, first }) => new Map(values.map((value) => [value, new Array(first).fill({})])),
    },
  });
  const load = () => loaders.related({ noun: "grant", column: "scope", revision: 1, first: 500 }, "same", 1);
  for (let i = 0; i < 60; i++) assert.equal((await load()).length, 500);
  await assert.rejects(load(), { code: "LIMIT_EXCEEDED" });
});

test("what is made of many items is made in parts, in order, and decisions go first between them", async () => {
  let turns = 0;
  let now = 0;
  let most = 0;
  const loaders = createLoaders({
    apiKeys: world.domain.apiKeys,
    giveWay: async () => {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, now);
      now = 0;
    },
    reader: {
      page: () => Promise.reject(new Error("not asked")),
      related: async ({ values }) => new Map(values.map((value) => [value, new Array(10).fill({ id: value })])),
    },
  });
  const seen: number[] = [];
  await Promise.all(
    Array.from({ length: 1_000 }, async (_, i) => {
      const rows = await loaders.related(
        { noun: "grant", column: "scope", revision: 1, first: 500 },
        `scope-${i % 100}`,
        1,
      );
      now += rows.length;
      seen.push(i);
    }),
  );
  assert.equal(turns, 10_000 / 200 - 1);
  assert.ok(most <= 200, `${most} items at once`);
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: 1_000 }, (_, i) => i),
  );
});

test("a list is made in parts, which are the smaller the more fields an item has", async () => {
  for (const [fields, size] of [
    [6, 100],
    [96, 10],
    [5_000, 1],
  ] as const) {
    let turns = 0;
    const loaders = createLoaders({
      apiKeys: world.domain.apiKeys,
      reader: world.domain.reader,
      giveWay: async () => {
        turns++;
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const items = Array.from({ length: 300 }, (_, i) => i);
    const made = loaders.inParts(items, fields);
    const atOnce = made.filter((item) => typeof item === "number");
    assert.equal(atOnce.length, size);
    assert.deepEqual(await Promise.all(made), items);
    assert.ok(turns >= 300 / size - 2, `${turns} turns with ${fields} fields`);
  }
});

test("aliases of fields count, in fragments too", () => {
  const info = (source: string) => {
    const { definitions } = parse(source);
    const [operation] = definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION);
    const fragments = Object.fromEntries(
      definitions.filter((d) => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]),
    );
    return { fieldNodes: (operation?.selectionSet.selections ?? []) as readonly FieldNode[], fragments };
  };
  assert.equal(itemFields(info("{ a { b c: b d { e } } }")), 4);
  assert.equal(itemFields(info("{ a { ...F ...F } } fragment F on X { b ... on Y { c } }")), 4);
  assert.equal(itemFields(info("{ a }")), 1);
});

test("of a failure that comes again below a root field, the first error is thrown", async () => {
  const thrown: unknown[] = [];
  const failure = new ScopewardenError("LIMIT_EXCEEDED", "too much");
  const type: GraphQLObjectType = new GraphQLObjectType({
    name: "Query",
    fields: () => ({ self: { type, resolve: () => ({}) }, bad: { type, resolve: () => Promise.reject(failure) } }),
  });
  const schema = guardSchema(
    new GraphQLSchema({ query: new GraphQLObjectType({ name: "Root", fields: { top: { type } } }) }),
  );
  const { resolve } = (schema.getType("Query") as GraphQLObjectType).getFields().bad ?? {};
  for (const key of ["a", "a", "b"]) {
    const path = { prev: { prev: undefined, key, typename: "Root" }, key: "bad", typename: "Query" };
    await assert.rejects(
      async () => resolve?.({}, {}, {}, { path, fieldNodes: [] } as never),
      (error) => {
        thrown.push(error);
        return true;
      },
    );
  }
  assert.equal(thrown[0], thrown[1]);
  assert.notEqual(thrown[0], thrown[2]);
  assert.deepEqual((thrown[2] as GraphQLError).path, ["b", "bad"]);
});
