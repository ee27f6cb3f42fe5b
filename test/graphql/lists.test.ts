import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCursor } from "../../src/doors/cursors.ts";
import { apply, at, openWorld, pathsOf } from "./world.ts";

const COUNT = 23;
const many = (make: (i: number) => unknown): unknown[] => Array.from({ length: COUNT }, (_, i) => make(i));
const id = (prefix: string, i: number): string => `${prefix}${String(i).padStart(2, "0")}`;

const world = await openWorld();
await apply(world, [
  ...many((i) => ({ putClient: { id: id("Ä-client ", i), name: "x", status: i % 2 ? "SUSPENDED" : "ACTIVE" } })),
  ...many((i) => ({
    putScope: {
      name: id("view_", i),
      requiresConsent: i < 5,
      atoms: [{ resourceType: "Observation", actions: ["read"] }],
    },
  })),
  ...many((i) => ({ putRole: { name: id("role", i) } })),
  ...many((i) => ({ grantScope: { clientId: id("Ä-client ", i), scope: id("view_", i) } })),
  ...many((i) => ({
    assignRole: {
      role: "role00",
      ...(i % 2 ? { subjectId: id("s", i) } : { clientId: id("Ä-client ", i) }),
      organization: i < 4 ? "north" : "*",
    },
  })),
  ...many((i) => ({
    putRule: {
      id: id("rule", i),
      role: id("role", i),
      scope: i < 3 ? "*" : "view_00",
      action: "read",
      resourceType: "Observation",
      effect: i < 7 ? "DENY" : "ALLOW",
    },
  })),
]);
for (let i = 2; i <= COUNT; i++)
  await apply(world, [{ putRole: { name: "role00", description: `${i}` } }], `change ${i}`);

/** Walks a list page by page, checking each page's own words about itself. */
async function walk(list: string, node: string, first: number, args = ""): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const source = `query ($first: Int, $after: String) { ${list}(first: $first, after: $after${args}) { edges { cursor node { ${node} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const connection = at(await world.data(source, { first, after }), list);
    const edges = at(connection, "edges") as readonly unknown[];
    assert.ok(edges.length <= first);
    assert.equal(at(connection, "pageInfo", "hasPreviousPage"), page > 0);
    assert.equal(at(connection, "pageInfo", "startCursor"), at(edges, 0, "cursor") ?? null);
    assert.equal(at(connection, "pageInfo", "endCursor"), at(edges, edges.length - 1, "cursor") ?? null);
    seen.push(...edges.map((edge) => JSON.stringify(at(edge, "node"))));
    if (at(connection, "pageInfo", "hasNextPage") !== true) return seen;
    after = String(at(connection, "pageInfo", "endCursor"));
  }
}

const LISTS: Readonly<Record<string, string>> = {
  clients: "id",
  scopes: "name version",
  roles: "name",
  grants: "clientId scope",
  assignments: "subjectId clientId role organization",
  rules: "id",
  policyRevisions: "revision",
};

for (const [list, node] of Object.entries(LISTS)) {
  test(`${list}: pages of any size give every row once, in one order`, async () => {
    const whole = await walk(list, node, 200);
    assert.equal(whole.length, COUNT);
    assert.equal(new Set(whole).size, COUNT);
    for (const first of [1, 2, 22, 23, 24]) assert.deepEqual(await walk(list, node, first), whole);
  });

  test(`${list}: a page is 1 to 200 items, 50 unless said`, async () => {
    for (const first of [0, -1, 201]) {
      assert.deepEqual(
        pathsOf(await world.error("BAD_USER_INPUT", `{ ${list}(first: ${first}) { edges { cursor } } }`)),
        ["first"],
      );
    }
    const edges = at(
      await world.data(`{ ${list}(first: null, after: null) { edges { cursor } } }`),
      list,
      "edges",
    ) as unknown[];
    assert.equal(edges.length, COUNT);
  });

  test(`${list}: only its own cursors are cursors`, async () => {
    const garbage = [
      "",
      "x",
      "????",
      "1:clients:a",
      encodeCursor("others", "1"),
      encodeCursor(list === "roles" ? "scopes" : "roles", "role01"),
      `${encodeCursor(list, "1")}=`,
      ` ${encodeCursor(list, "1")}`,
      Buffer.from(`${list}:1`).toString("base64url"),
      Buffer.from([0xff, 0xfe, 0x31]).toString("base64url"),
      encodeCursor(list, "a\0b"),
      "A".repeat(20_000),
    ];
    for (const after of garbage) {
      const error = await world.error(
        "BAD_USER_INPUT",
        `query ($after: String) { ${list}(after: $after) { edges { cursor } } }`,
        { after },
      );
      assert.deepEqual(pathsOf(error), ["after"], after);
      assert.match(error.message, new RegExp(`^after: must be a cursor of ${list}`));
    }
  });
}

test("numbered lists take numbers only", async () => {
  for (const key of ["", "-1", "1.5", "01", "1e3", "9".repeat(16), "x"]) {
    const after = encodeCursor("policyRevisions", key);
    assert.deepEqual(
      pathsOf(
        await world.error(
          "BAD_USER_INPUT",
          "query ($after: String) { policyRevisions(after: $after) { edges { cursor } } }",
          { after },
        ),
      ),
      ["after"],
    );
  }
});

const FILTERED: readonly (readonly [string, string, number])[] = [
  ["clients", '{ id: "Ä-client 03" }', 1],
  ["clients", '{ id: "ä-client 03" }', 0],
  ["clients", '{ idPrefix: "Ä-client 1" }', 10],
  ["clients", '{ idPrefix: "%" }', 0],
  ["clients", "{ status: SUSPENDED }", 11],
  ["clients", '{ status: SUSPENDED, idPrefix: "Ä-client 1" }', 5],
  ["clients", "{ status: null, id: null }", 23],
  ["clients", "{}", 23],
  ["scopes", '{ name: "view_03" }', 1],
  ["scopes", '{ namePrefix: "view_2" }', 3],
  ["scopes", "{ state: ACTIVE }", 0],
  ["scopes", "{ requiresConsent: true }", 5],
  ["scopes", "{ requiresConsent: false, state: DRAFT }", 18],
  ["roles", '{ name: "role03" }', 1],
  ["roles", '{ namePrefix: "role2" }', 3],
  ["grants", '{ clientId: "Ä-client 03" }', 1],
  ["grants", '{ scope: "view_03" }', 1],
  ["assignments", '{ subjectId: "s01" }', 1],
  ["assignments", '{ clientId: "Ä-client 00" }', 1],
  ["assignments", '{ role: "role00" }', 23],
  ["assignments", '{ organization: "north" }', 4],
  ["rules", '{ role: "role03" }', 1],
  ["rules", '{ scope: "*" }', 3],
  ["rules", '{ action: "read", resourceType: "Observation", effect: DENY }', 7],
  ["rules", '{ action: "write" }', 0],
  ["policyRevisions", '{ callerId: "key:root" }', 23],
  ["policyRevisions", '{ callerId: "key:other" }', 0],
  ["policyRevisions", '{ from: "2026-11-24T12:00:00Z" }', 23],
  ["policyRevisions", '{ to: "2026-11-24T12:00:00Z" }', 0],
  ["policyRevisions", '{ noun: ROLE, key: "role00" }', 23],
  ["policyRevisions", '{ noun: ROLE, key: "role01" }', 1],
  ["policyRevisions", '{ noun: RULE, key: "role00" }', 0],
  ["policyRevisions", '{ noun: ROLE, key: "role00", to: "2026-11-24T12:00:00Z" }', 0],
];
test("filters narrow, exactly, and all at once", async () => {
  for (const [list, filter, count] of FILTERED) {
    const found = await walk(list, LISTS[list] ?? "id", 4, `, filter: ${filter}`);
    assert.equal(found.length, count, `${list} ${filter}`);
  }
});

test("a filter with a text that no store holds is refused, with its path", async () => {
  const source = "query ($filter: ScopeFilter) { scopes(filter: $filter) { edges { cursor } } }";
  const error = await world.error("BAD_USER_INPUT", source, { filter: { name: "a\0", namePrefix: "x".repeat(1025) } });
  assert.deepEqual(pathsOf(error), ["filter.name", "filter.namePrefix"]);
});

test("what changed one thing is asked by its kind and its key, not by one of the two", async () => {
  const source = "query ($filter: PolicyRevisionFilter) { policyRevisions(filter: $filter) { edges { cursor } } }";
  for (const [filter, missing] of [
    [{ noun: "ROLE" }, "filter.key"],
    [{ key: "role00" }, "filter.noun"],
  ] as const)
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", source, { filter })), [missing]);
});

test("revisions are newest first", async () => {
  const revisions = await walk("policyRevisions", "revision", 10);
  assert.deepEqual(
    revisions.map((text) => at(JSON.parse(text), "revision")),
    Array.from({ length: COUNT }, (_, i) => COUNT - i),
  );
});

test("a list can be read as of an earlier revision, what is nested in it too", async () => {
  const source =
    '{ roles(asOfRevision: 5, filter: { name: "role00" }) { edges { node { description policyRevision } } } rules(asOfRevision: 5, first: 1) { edges { node { roles { description policyRevision } } } } }';
  const data = await world.data(source);
  assert.deepEqual(at(data, "roles", "edges", 0, "node"), { description: "5", policyRevision: 5 });
  assert.deepEqual(at(data, "rules", "edges", 0, "node", "roles", 0), { description: "5", policyRevision: 5 });
  assert.deepEqual(at(await world.data("{ clients(asOfRevision: 0) { edges { cursor } } }"), "clients", "edges"), []);
  for (const revision of [-1, COUNT + 1]) {
    assert.deepEqual(
      pathsOf(await world.error("BAD_USER_INPUT", `{ roles(asOfRevision: ${revision}) { edges { cursor } } }`)),
      ["asOfRevision"],
    );
  }
});
