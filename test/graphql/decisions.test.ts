import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, at, callerOf, openWorld, pathsOf, ROOT } from "./world.ts";

const world = await openWorld();
await apply(world, [
  { putClient: { id: "ehr", name: "EHR" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  { putRole: { name: "nurse" } },
  { assignRole: { subjectId: "nina", role: "nurse", organization: "north" } },
  {
    putRule: {
      id: "nurses-read",
      role: "nurse",
      scope: "view_labs",
      effect: "ALLOW",
      obligations: [{ type: "log", parameters: { level: 2 } }],
      action: "*",
      resourceType: "*",
    },
  },
  {
    putRule: {
      id: "never-secret",
      effect: "DENY",
      when: "has(resource.attributes) && has(resource.attributes.level) && resource.attributes.level > 3",
      role: "*",
      scope: "*",
      action: "*",
      resourceType: "*",
    },
  },
]);

const ALL =
  "{ id outcome scope policyRevision decidedAt clientId subjectId action resourceType resourceId patient purposeOfUse request by { callerId } obligations { type parameters } reasons { code message scope role ruleId } }";
const AUTHORIZE = `query ($input: AuthorizeInput!) { authorize(input: $input) ${ALL} }`;
const BATCH = "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id outcome resourceId } }";
const input = (more: Readonly<Record<string, unknown>> = {}) => ({
  clientId: "ehr",
  subject: { id: "nina" },
  scopes: ["view_labs"],
  action: "read",
  resource: { type: "Observation", id: "o1", patient: "p1", organization: "north" },
  purposeOfUse: "TREAT",
  ...more,
});
/** What is withheld of data without labels. */
const SPECIALLY_PROTECTED = ["42CFRPart2", "ETH", "ETHUD", "OPIOIDUD", "PSYTHPN", "SUD"].map(
  (code) => `http://terminology.hl7.org/CodeSystem/v3-ActCode|${code}`,
);
const lab = callerOf("key:lab", "service");
const other = callerOf("key:other", "service");

test("a decision has all that the contract says, and reads the same from the journal", async () => {
  const decision = at(await world.data(AUTHORIZE, { input: input() }, lab), "authorize");
  const { id, reasons, ...rest } = decision as { id: string; reasons: readonly unknown[] };
  assert.deepEqual(rest, {
    outcome: "ALLOW",
    scope: "view_labs",
    policyRevision: 1,
    decidedAt: "2026-11-24T12:00:00.000Z",
    clientId: "ehr",
    subjectId: "nina",
    action: "read",
    resourceType: "Observation",
    resourceId: "o1",
    patient: "p1",
    purposeOfUse: "TREAT",
    by: { callerId: "key:lab" },
    obligations: [
      { type: "label", parameters: null },
      { type: "redact", parameters: { anyOf: [{ labels: SPECIALLY_PROTECTED, type: "labels" }] } },
      { type: "log", parameters: { level: 2 } },
    ],
    request: {
      clientId: "ehr",
      subject: { id: "nina", type: "user", organization: null, roles: null, attributes: null },
      scopes: ["view_labs"],
      action: "read",
      resource: {
        type: "Observation",
        id: "o1",
        patient: "p1",
        patients: null,
        organization: "north",
        labels: null,
        attributes: null,
      },
      purposeOfUse: "TREAT",
      context: null,
      requestId: null,
    },
  });
  assert.equal(at(reasons, 0, "code"), "ALLOWED_BY_RULE");
  assert.equal(at(reasons, 0, "ruleId"), "nurses-read");
  assert.deepEqual(
    at(await world.data(`query ($id: ID!) { decision(id: $id) ${ALL} }`, { id }, lab), "decision"),
    decision,
  );
});

test("a decision is found by every patient that it names, however he or she is named, and whoever contradicts is refused", async () => {
  const asked = (resource: object, more: object = {}) =>
    world.data("query ($input: AuthorizeInput!) { authorize(input: $input) { id patient patients } }", {
      input: input({ resource: { type: "Observation", organization: "north", ...resource }, ...more }),
    });
  const twins = at(await asked({ id: "t1", patients: ["Patient/kim", "lee"] }), "authorize");
  assert.deepEqual([at(twins, "patient"), at(twins, "patients")], ["kim", ["kim", "lee"]]);
  const herself = at(await asked({ type: "Patient", id: "Patient/kim" }), "authorize");
  assert.deepEqual([at(herself, "patient"), at(herself, "patients")], ["kim", ["kim"]]);
  const found = async (filter: object) =>
    at(
      await world.data(
        "query ($filter: DecisionFilter) { decisions(filter: $filter) { nodes: edges { node { id } } } }",
        {
          filter,
        },
      ),
      ...["decisions", "nodes"],
    ) as readonly { readonly node: { readonly id: string } }[];
  const idsOf = (nodes: Awaited<ReturnType<typeof found>>) => nodes.map(({ node }) => node.id);
  assert.deepEqual(idsOf(await found({ patient: "Patient/lee" })), [at(twins, "id")]);
  assert.deepEqual(idsOf(await found({ patient: "kim" })), [at(herself, "id"), at(twins, "id")]);
  assert.deepEqual(idsOf(await found({ resourceType: "Patient", resourceId: "Patient/kim" })), [at(herself, "id")]);
  for (const [resource, path] of [
    [{ type: "Patient", id: "p2", patient: "p1" }, "input.resource.patient"],
    [{ id: "o", patient: "p1", patients: ["p2"] }, "input.resource.patient"],
    [{ id: "o", patients: ["p2", ""] }, "input.resource.patients[1]"],
  ] as const)
    assert.deepEqual(
      pathsOf(
        await world.error("BAD_USER_INPUT", AUTHORIZE, {
          input: input({ resource: Object.assign({ type: "Observation" }, resource) }),
        }),
      ),
      [path],
    );
});

test("attributes written into the document decide like attributes in variables", async () => {
  const written = (level: number) =>
    `{ authorize(input: { clientId: "ehr", subject: { id: "nina" }, action: "read", resource: { type: "Observation", organization: "north", attributes: { level: ${level}, deep: [{ a: null }] } } }) { outcome request } }`;
  const sent = (level: number) =>
    input({
      scopes: null,
      purposeOfUse: null,
      resource: { type: "Observation", organization: "north", attributes: { level, deep: [{ a: null }] } },
    });
  for (const [level, outcome] of [
    [2, "ALLOW"],
    [4, "DENY"],
  ] as const) {
    const one = at(await world.data(written(level)), "authorize");
    const two = at(await world.data(AUTHORIZE, { input: sent(level) }), "authorize");
    assert.equal(at(one, "outcome"), outcome);
    assert.equal(at(two, "outcome"), outcome);
    assert.deepEqual(at(one, "request"), at(two, "request"));
  }
});

test("a client without a subject acts as itself, and absent is null", async () => {
  const decision = at(
    await world.data(AUTHORIZE, { input: { clientId: "nobody", action: "approve", resource: { type: "lab-order" } } }),
    "authorize",
  );
  assert.equal(at(decision, "outcome"), "DENY");
  assert.deepEqual(
    ["scope", "subjectId", "resourceId", "patient", "purposeOfUse"].map((name) => at(decision, name)),
    [null, null, null, null, null],
  );
  assert.ok((at(decision, "reasons") as unknown[]).some((reason) => at(reason, "code") === "UNKNOWN_CLIENT"));
});

test("a batch answers in order, against one revision", async () => {
  const inputs = ["a", "b", "c"].map((id, i) =>
    input({ action: i === 1 ? "delete" : "read", resource: { type: "Observation", id, organization: "north" } }),
  );
  const answers = at(await world.data(BATCH, { inputs }, lab), "authorizeBatch") as unknown[];
  assert.deepEqual(
    answers.map((a) => [at(a, "resourceId"), at(a, "outcome")]),
    [
      ["a", "ALLOW"],
      ["b", "DENY"],
      ["c", "ALLOW"],
    ],
  );
  assert.deepEqual(await world.data(BATCH, { inputs: [] }, lab), { authorizeBatch: [] });
});

test("a batch is answered item by item, and one bad input refuses all", async () => {
  const hundred = Array.from({ length: 100 }, () => input());
  assert.equal((at(await world.data(BATCH, { inputs: hundred }, lab), "authorizeBatch") as unknown[]).length, 100);
  const before = world.storage.statements();
  const bad = await world.error(
    "BAD_USER_INPUT",
    BATCH,
    { inputs: [input(), input({ action: "" }), input({ subject: { id: "" }, requestId: "*" })] },
    lab,
  );
  assert.deepEqual(pathsOf(bad), ["inputs[1].action", "inputs[2].subject.id", "inputs[2].requestId"]);
  assert.equal(world.storage.statements(), before, "nothing was written");
});

test("bad input is refused with its path", async () => {
  const deep = { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } };
  const BAD: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ clientId: "" }, "input.clientId"],
    [{ clientId: "a\u200bb" }, "input.clientId"],
    [{ subject: { id: " x" } }, "input.subject.id"],
    [{ subject: { id: "x", attributes: [1] } }, "input.subject.attributes"],
    [{ scopes: Array.from({ length: 1001 }, (_, i) => `s${i}`) }, "input.scopes"],
    [{ action: "re\nad" }, "input.action"],
    [{ resource: { type: "*" } }, "input.resource.type"],
    [{ resource: { type: "A", id: "*" } }, "input.resource.id"],
    [{ resource: { type: "A", attributes: deep } }, "input.resource.attributes"],
    [{ resource: { type: "A", labels: [""] } }, "input.resource.labels[0]"],
    [{ purposeOfUse: "" }, "input.purposeOfUse"],
    [{ context: { attributes: { a: "x".repeat(17_000) } } }, "input.context.attributes"],
    [{ context: { userAgent: "x".repeat(1025) } }, "input.context.userAgent"],
    [{ requestId: "\0" }, "input.requestId"],
  ];
  for (const [more, path] of BAD)
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", AUTHORIZE, { input: input(more) }, lab)), [path]);
  for (const wrong of [{ action: null }, { resource: null }, { scopes: [null] }, { unknown: 1 }, { clientId: 1.5 }]) {
    const error = await world.error("BAD_USER_INPUT", AUTHORIZE, { input: input(wrong) }, lab);
    assert.match(error.message, /^Variable "\$input" got invalid value/);
  }
});

test("the same request id and input give the same decision, to the same caller", async () => {
  const ask = async (more: Readonly<Record<string, unknown>>, as = lab) =>
    at(await world.data(AUTHORIZE, { input: input({ requestId: "r-1", ...more }) }, as), "authorize", "id");
  const first = await ask({});
  assert.equal(await ask({}), first);
  assert.notEqual(await ask({}, other), first);
  const error = await world.error(
    "BAD_USER_INPUT",
    AUTHORIZE,
    { input: input({ requestId: "r-1", action: "search" }) },
    lab,
  );
  assert.deepEqual(pathsOf(error), ["input.requestId"]);
});

test("a service sees its own decisions only; an auditor sees all", async () => {
  const mine = String(
    at(await world.data(AUTHORIZE, { input: input({ purposeOfUse: "HRESCH" }) }, lab), "authorize", "id"),
  );
  const theirs = String(
    at(await world.data(AUTHORIZE, { input: input({ purposeOfUse: "HRESCH" }) }, other), "authorize", "id"),
  );
  const auditor = callerOf("key:auditor", "auditor");
  const one = async (id: string, as = lab) =>
    at(await world.data("query ($id: ID!) { decision(id: $id) { id } }", { id }, as), "decision", "id") ?? null;
  assert.deepEqual([await one(mine), await one(theirs), await one("no-such-id")], [mine, null, null]);
  assert.deepEqual(
    [
      await one(mine, auditor),
      await one(theirs, auditor),
      await one(theirs, callerOf("key:lab", "service", "auditor")),
    ],
    [mine, theirs, theirs],
  );
  assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", '{ decision(id: "a\\u0000") { id } }', {}, lab)), [
    "id",
  ]);
  const list = async (as = lab) => {
    const data = await world.data(
      '{ decisions(filter: { purposeOfUse: "HRESCH" }) { edges { node { id by { callerId } } } } }',
      {},
      as,
    );
    return (at(data, "decisions", "edges") as unknown[]).map((edge) => at(edge, "node", "id"));
  };
  assert.deepEqual(await list(), [mine]);
  assert.deepEqual(await list(other), [theirs]);
  assert.deepEqual(await list(auditor), [theirs, mine], "newest first");
  const whole = at(
    await world.data("{ decisions(first: 200) { edges { node { by { callerId } } } } }", {}, lab),
    "decisions",
    "edges",
  ) as unknown[];
  assert.ok(whole.length > 100 && whole.every((edge) => at(edge, "node", "by", "callerId") === "key:lab"));
});

test("decisions are filtered by all that the contract names, and walked page by page", async () => {
  world.clock.now += 60_000;
  const asked = [
    input({ purposeOfUse: "PATRQT", resource: { type: "Condition", id: "c1", patient: "p9" } }),
    input({
      purposeOfUse: "PATRQT",
      subject: { id: "omar" },
      resource: { type: "Observation", id: "o9", patient: "p9", organization: "north" },
    }),
    input({ purposeOfUse: "PATRQT", clientId: "nobody" }),
    input({ purposeOfUse: "PATRQT", resource: { type: "Observation", id: "o9", organization: "north" } }),
  ];
  await world.data(BATCH, { inputs: asked });
  const found = async (filter: Readonly<Record<string, unknown>>): Promise<number> => {
    const seen: unknown[] = [];
    for (let after: unknown = null; ; ) {
      const source =
        "query ($filter: DecisionFilter, $after: String) { decisions(filter: $filter, first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }";
      const page = at(await world.data(source, { filter: { purposeOfUse: "PATRQT", ...filter }, after }), "decisions");
      seen.push(...(at(page, "edges") as unknown[]).map((edge) => at(edge, "node", "id")));
      if (at(page, "pageInfo", "hasNextPage") !== true) break;
      after = at(page, "pageInfo", "endCursor");
    }
    assert.equal(new Set(seen).size, seen.length);
    return seen.length;
  };
  const EXPECTED: readonly (readonly [Readonly<Record<string, unknown>>, number])[] = [
    [{}, 4],
    [{ clientId: "ehr" }, 3],
    [{ subjectId: "omar" }, 1],
    [{ patient: "p9" }, 2],
    [{ scope: "view_labs", outcome: "ALLOW" }, 1],
    [{ outcome: "DENY" }, 3],
    [{ resourceType: "Condition" }, 1],
    [{ resourceId: "o9" }, 2],
    [{ reason: "UNKNOWN_CLIENT" }, 1],
    [{ reason: "ALLOWED_BY_RULE" }, 1],
    [{ from: new Date(world.clock.now).toISOString() }, 4],
    [{ to: new Date(world.clock.now).toISOString() }, 0],
  ];
  for (const [filter, count] of EXPECTED) assert.equal(await found(filter), count, JSON.stringify(filter));
  await world.error(
    "BAD_USER_INPUT",
    "query ($f: DecisionFilter) { decisions(filter: $f) { edges { cursor } } }",
    { f: { outcome: "MAYBE" } },
    ROOT,
  );
});
