import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply, at, openWorld, pathsOf } from "./world.ts";

const REVISION = "{ revision author reason committedAt changeCount changes { noun key summary before after } }";
const APPLY = `mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) ${REVISION} }`;

/** The single mutations in an order in which each is possible, with what each says of its change. */
const SINGLE: readonly (readonly [string, string, Readonly<Record<string, unknown>>, RegExp])[] = [
  [
    "createScope",
    "PutScope",
    { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] },
    /^scope view_labs v1: created; DRAFT; atoms Observation\.read$/,
  ],
  [
    "updateScope",
    "UpdateScope",
    { name: "view_labs", title: "Labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] },
    /^scope view_labs v1: title none -> Labs; atoms Observation\.read -> Observation\.read, Observation\.search$/,
  ],
  ["activateScope", "ScopeRef", { name: "view_labs" }, /^scope view_labs v1: DRAFT -> ACTIVE$/],
  ["createClient", "PutClient", { id: "ehr", name: "EHR" }, /^client ehr: created; ACTIVE; name EHR$/],
  ["updateClient", "UpdateClient", { id: "ehr", status: "SUSPENDED" }, /^client ehr: ACTIVE -> SUSPENDED$/],
  [
    "grantScope",
    "GrantScope",
    { clientId: "ehr", scope: "view_labs", validUntil: "2030-01-01T00:00:00Z" },
    /^scope view_labs of client ehr: granted; until 2030-01-01T00:00:00\.000Z$/,
  ],
  ["createRole", "PutRole", { name: "staff" }, /^role staff: created$/],
  [
    "updateRole",
    "UpdateRole",
    { name: "staff", description: "Everyone." },
    /^role staff: description none -> Everyone\.$/,
  ],
  [
    "assignRole",
    "AssignRole",
    { subjectId: "nina", role: "staff", organization: "general" },
    /^role staff of subject nina in general: assigned$/,
  ],
  [
    "createRule",
    "PutRule",
    { id: "r1", role: "staff", scope: "view_labs", action: "*", resourceType: "*", effect: "ALLOW" },
    /^rule r1: created; ALLOW; role staff; scope view_labs; action \*; resource type \*$/,
  ],
  [
    "updateRule",
    "UpdateRule",
    { id: "r1", effect: "DENY", when: 'purposeOfUse == "TREAT"' },
    /^rule r1: ALLOW -> DENY; when none -> purposeOfUse == "TREAT"$/,
  ],
  [
    "deprecateScope",
    "DeprecateScope",
    { name: "view_labs", sunsetAt: "2027-01-01T00:00:00+01:00" },
    /^scope view_labs v1: ACTIVE -> DEPRECATED; announced none -> 2026-11-24T12:00:00\.000Z; sunset none -> 2026-12-31T23:00:00\.000Z$/,
  ],
  [
    "retireScope",
    "ScopeRef",
    { name: "view_labs" },
    /^scope view_labs v1: DEPRECATED -> RETIRED; retired none -> 2026-11-24T12:00:00\.000Z$/,
  ],
  ["deleteRule", "RuleRef", { id: "r1" }, /^rule r1: deleted$/],
  [
    "unassignRole",
    "AssignRole",
    { subjectId: "nina", role: "staff", organization: "general" },
    /^role staff of subject nina in general: unassigned$/,
  ],
  ["deleteRole", "RoleRef", { name: "staff" }, /^role staff: deleted$/],
  ["revokeScope", "GrantScope", { clientId: "ehr", scope: "view_labs" }, /^scope view_labs of client ehr: revoked$/],
  ["deleteClient", "ClientRef", { id: "ehr" }, /^client ehr: deleted$/],
  ["deleteScope", "ScopeRef", { name: "view_labs" }, /^scope view_labs v1: deleted$/],
];

test("each single mutation is one revision, with who, why and what in plain English", async () => {
  const world = await openWorld();
  for (const [i, [name, type, input, summary]] of SINGLE.entries()) {
    const source = `mutation ($input: ${type}!, $at: Int) { done: ${name}(input: $input, reason: "because", expectedRevision: $at) ${REVISION} }`;
    const done = at(await world.data(source, { input, at: i }), "done");
    assert.equal(at(done, "revision"), i + 1, name);
    assert.deepEqual(
      [at(done, "author"), at(done, "reason"), at(done, "committedAt")],
      ["key:root", "because", "2026-11-24T12:00:00.000Z"],
    );
    assert.equal(at(done, "changeCount"), 1);
    assert.match(String(at(done, "changes", 0, "summary")), summary);
  }
  assert.equal(world.domain.policy.current().clients.size, 0);
});

const world = await openWorld();
await apply(world, [
  { putClient: { id: "ehr", name: "EHR" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  { putRole: { name: "staff" } },
  { putRole: { name: "nurse", inherits: ["staff"] } },
  {
    putRule: {
      id: "r1",
      role: "nurse",
      scope: "view_labs",
      effect: "ALLOW",
      obligations: [{ type: "redact", parameters: { fields: ["note"] } }],
      action: "*",
      resourceType: "*",
    },
  },
]);

describe("policy changes", () => {
  test("many operations are one revision", async () => {
    const revision = await world.data(
      "{ policyRevision { revision changeCount changes(first: 2) { noun key before after } } policyRevisions { edges { node { revision } } } }",
    );
    assert.equal(at(revision, "policyRevision", "revision"), 1);
    assert.equal(at(revision, "policyRevision", "changeCount"), 6);
    assert.deepEqual(at(revision, "policyRevision", "changes"), [
      {
        noun: "CLIENT",
        key: "ehr",
        before: null,
        after: {
          id: "ehr",
          name: "EHR",
          status: "ACTIVE",
          description: null,
          protocolScopes: null,
          careCritical: false,
        },
      },
      {
        noun: "SCOPE",
        key: '["view_labs",1]',
        before: null,
        after: {
          name: "view_labs",
          version: 1,
          state: "ACTIVE",
          title: null,
          description: null,
          translations: [],
          requiresConsent: false,
          justification: null,
          deprecatedAt: null,
          sunsetAt: null,
          replacedBy: null,
          retiredAt: null,
          declarations: [{ context: "ANY", resourceType: "Observation", actions: ["read"], constraint: null }],
          atoms: [{ context: "ANY", resourceType: "Observation", action: "read", constraint: [] }],
        },
      },
    ]);
  });

  test("single things read as they were put", async () => {
    const data = await world.data(`{
      client(id: "ehr") { id name status description policyRevision }
      scope(name: "view_labs") { version state atoms { text constraint action } declarations { context actions } policyRevision }
      role(name: "nurse") { name inherits }
      rule(id: "r1") { role scope action resourceType when effect obligations { type parameters } }
      none: client(id: "EHR") { id } noScope: scope(name: "view_labs", version: 2) { name } noRole: role(name: "") { name } noRule: rule(id: "r2") { id }
    }`);
    assert.deepEqual(data, {
      client: { id: "ehr", name: "EHR", status: "ACTIVE", description: null, policyRevision: 1 },
      scope: {
        version: 1,
        state: "ACTIVE",
        policyRevision: 1,
        atoms: [{ text: "Observation.read", constraint: null, action: "read" }],
        declarations: [{ context: "ANY", actions: ["read"] }],
      },
      role: { name: "nurse", inherits: ["staff"] },
      rule: {
        role: "nurse",
        scope: "view_labs",
        action: "*",
        resourceType: "*",
        when: null,
        effect: "ALLOW",
        obligations: [{ type: "redact", parameters: { fields: ["note"] } }],
      },
      none: null,
      noScope: null,
      noRole: null,
      noRule: null,
    });
  });

  /** Everything that a change can be refused for, with the paths of its problems and words of the first. */
  const REFUSED: readonly (readonly [string, readonly unknown[], readonly string[], RegExp])[] = [
    ["no operations", [], ["operations"], /at least one operation/],
    // graphql-js refuses it, before the domain is asked.
    ["two in one", [{ putRole: { name: "a" }, deleteRole: { name: "nurse" } }], [], /"PolicyOperation"/],
    [
      "a scope name outside RFC 6749",
      [{ putScope: { name: "view labs", atoms: [] } }],
      ["operations[0].putScope.name"],
      /RFC 6749/,
    ],
    [
      "an almost SMART scope",
      [{ putScope: { name: "patient/Observation.dus" } }],
      ["operations[0].putScope.name"],
      /./,
    ],
    ["no atoms", [{ putScope: { name: "x" } }], ["operations[0].putScope.atoms"], /at least one atom/],
    [
      "a misspelt type",
      [{ putScope: { name: "view_x", atoms: [{ resourceType: "Observatoin", actions: ["read"] }] } }],
      ["operations[0].putScope.atoms[0].resourceType"],
      /Observation/,
    ],
    [
      "an unknown parameter",
      [
        {
          putScope: {
            name: "view_x",
            atoms: [{ resourceType: "Observation", actions: ["read"], constraint: "catgory=x" }],
          },
        },
      ],
      ["operations[0].putScope.atoms[0].constraint"],
      /category/,
    ],
    [
      "a broad scope",
      [{ putScope: { name: "view_everything", atoms: [{ resourceType: "*", actions: ["read"] }] } }],
      ["operations[0].putScope"],
      /justification/,
    ],
    [
      "an unknown role",
      [{ putRule: { role: "nobody", scope: "view_labs", effect: "ALLOW", action: "*", resourceType: "*" } }],
      ["operations[0].putRule.role"],
      /no role nobody/,
    ],
    [
      "an unknown scope",
      [{ grantScope: { clientId: "ehr", scope: "nothing" } }],
      ["operations[0].grantScope.scope"],
      /no scope nothing/,
    ],
    [
      "an unknown client",
      [{ grantScope: { clientId: "nobody", scope: "view_labs" } }],
      ["operations[0].grantScope.clientId"],
      /no client nobody/,
    ],
    [
      "a role cycle",
      [{ putRole: { name: "staff", inherits: ["nurse"] } }],
      ["operations[0].putRole.inherits"],
      /circle: staff -> .*nurse -> staff/,
    ],
    [
      "bad CEL",
      [
        {
          putRule: {
            effect: "DENY",
            when: "resource.labels ==\n &&",
            role: "*",
            scope: "*",
            action: "*",
            resourceType: "*",
          },
        },
      ],
      ["operations[0].putRule.when"],
      /line 2, column 2/,
    ],
    [
      "an empty period",
      [
        {
          grantScope: {
            clientId: "ehr",
            scope: "view_labs",
            validFrom: "2027-01-01T00:00:00Z",
            validUntil: "2027-01-01T00:00:00Z",
          },
        },
      ],
      ["operations[0].grantScope.validUntil"],
      /after validFrom/,
    ],
    [
      "two holders",
      [{ assignRole: { role: "nurse", subjectId: "a", clientId: "ehr", organization: "*" } }],
      ["operations[0].assignRole"],
      /exactly one/,
    ],
    ["no holder", [{ assignRole: { role: "nurse", organization: "*" } }], ["operations[0].assignRole"], /exactly one/],
    [
      "a used client",
      [{ deleteClient: { id: "ehr" } }],
      ["operations[0].deleteClient"],
      /still used by grants of view_labs/,
    ],
    ["a used role", [{ deleteRole: { name: "nurse" } }], ["operations[0].deleteRole"], /still used by the rules r1/],
    ["an active scope", [{ deleteScope: { name: "view_labs" } }], ["operations[0].deleteScope"], /retire it before/],
    [
      "a sunset in the past",
      [{ deprecateScope: { name: "view_labs", sunsetAt: "2020-01-01T00:00:00Z" } }],
      ["operations[0].deprecateScope.sunsetAt"],
      /future/,
    ],
    [
      "a step that is not open",
      [{ activateScope: { name: "view_labs", version: 1 } }],
      ["operations[0].activateScope"],
      /ACTIVE can't activate/,
    ],
    [
      "what is not there",
      [
        { deleteRule: { id: "r9" } },
        { revokeScope: { clientId: "ehr", scope: "x" } },
        { unassignRole: { role: "nurse", subjectId: "x", organization: "*" } },
      ],
      ["operations[0].deleteRule.id", "operations[1].revokeScope", "operations[2].unassignRole"],
      /no rule r9/,
    ],
    [
      "everything at once",
      [{ putClient: { id: " ", name: "" } }, { putRole: { name: "a\nb" } }],
      ["operations[0].putClient.id", "operations[0].putClient.name", "operations[1].putRole.name"],
      /and 2 more/,
    ],
  ];
  for (const [what, operations, paths, words] of REFUSED) {
    test(`refused: ${what}`, async () => {
      const error = await world.error("BAD_USER_INPUT", APPLY, { input: { operations, reason: "trying" } });
      assert.deepEqual(pathsOf(error), paths);
      assert.match(error.message, words);
      assert.equal(world.domain.policy.current().revision, 1);
    });
  }

  test("a single mutation names its problems from `input`", async () => {
    const error = await world.error(
      "BAD_USER_INPUT",
      'mutation { createRule(input: { effect: ALLOW, role: "x", scope: "*", action: "*", resourceType: "*", when: "(" }, reason: "r") { revision } }',
    );
    assert.deepEqual(pathsOf(error), ["input.when"]);
    const twice = await world.error(
      "BAD_USER_INPUT",
      'mutation { createRole(input: { name: "nurse" }, reason: "r") { revision } }',
    );
    assert.deepEqual(pathsOf(twice), ["input.name"]);
    const absent = await world.error(
      "BAD_USER_INPUT",
      'mutation { updateClient(input: { id: "x", name: "X" }, reason: "r") { revision } }',
    );
    assert.match(absent.message, /^input\.id: there is no client x; use create/);
    const broad = await world.error(
      "BAD_USER_INPUT",
      'mutation { createScope(input: { name: "read_all", atoms: [{ resourceType: "*", actions: ["read"] }] }, reason: "r") { revision } }',
    );
    assert.ok(pathsOf(broad).every((path) => path === "input"));
  });

  test("a reason is needed", async () => {
    const empty = await world.error("BAD_USER_INPUT", APPLY, {
      input: { operations: [{ putRole: { name: "x" } }], reason: " " },
    });
    assert.deepEqual(pathsOf(empty), ["reason"]);
    const long = await world.error(
      "BAD_USER_INPUT",
      'mutation ($r: String!) { deleteRule(input: { id: "r1" }, reason: $r) { revision } }',
      { r: "x".repeat(2001) },
    );
    assert.deepEqual(pathsOf(long), ["reason"]);
    const { errors } = await world.ask('mutation { deleteRule(input: { id: "r1" }) { revision } }');
    assert.match(errors.map((e) => e.message).join(), /argument "reason" of type "String!" is required/);
  });

  test("a stale expected revision is a conflict", async () => {
    const conflict = await world.error("CONFLICT", APPLY, {
      input: { operations: [{ putRole: { name: "x" } }], reason: "r", expectedRevision: 0 },
    });
    assert.match(conflict.message, /revision 1, not at the expected 0/);
    await world.error(
      "CONFLICT",
      'mutation { deleteRule(input: { id: "r1" }, reason: "r", expectedRevision: 7) { revision } }',
    );
  });

  test("what GraphQL itself refuses: wrong enums, times, types and members", async () => {
    const whole = 'role: "nurse", scope: "*", action: "*", resourceType: "*"';
    for (const [input, words] of [
      ["effect: MAYBE", /MAYBE/],
      ['effect: "ALLOW"', /non-enum value: "ALLOW"/],
      ["", /effect/],
      ["effect: ALLOW, efect: DENY", /efect/],
      ["effect: ALLOW, id: {}", /ID cannot represent/],
      ["effect: ALLOW, clear: [EFFECT]", /EFFECT/],
    ] as const) {
      const source = `mutation { createRule(input: { ${whole}, ${input} }, reason: "r") { revision } }`;
      const { data, errors } = await world.ask(source);
      assert.ok(data === null && errors.length === 1, input);
      assert.match(errors[0]?.message ?? "", words);
    }
    for (const time of ["2027-01-01", "2027-02-30T00:00:00Z", "2027-01-01T00:00:00", "soon", 1_800_000_000_000, true]) {
      const { data, errors } = await world.ask(APPLY, {
        input: { reason: "r", operations: [{ deprecateScope: { name: "view_labs", sunsetAt: time } }] },
      });
      assert.ok(data === null && errors.length > 0, String(time));
    }
    assert.equal(world.domain.policy.current().revision, 1);
  });
});

test("a change that changes nothing makes no revision", async () => {
  const world = await openWorld();
  const put = { operations: [{ putRole: { name: "staff" } }], reason: "once" };
  assert.equal(at(await world.data(APPLY, { input: put }), "applyPolicy", "revision"), 1);
  const again = await world.data(APPLY, { input: { ...put, reason: "twice" } });
  assert.deepEqual([at(again, "applyPolicy", "revision"), at(again, "applyPolicy", "reason")], [1, "once"]);
});

test("a rollback is a new revision that says what the old one said", async () => {
  const world = await openWorld();
  assert.deepEqual(await world.data("{ policyRevision { revision } }"), { policyRevision: null });
  await apply(world, [{ putClient: { id: "a", name: "A" } }]);
  await apply(world, [{ putClient: { id: "a", name: "B" } }, { putClient: { id: "b", name: "B" } }]);
  const ROLLBACK = `mutation ($to: Int!) { rollbackPolicy(toRevision: $to, reason: "went wrong") ${REVISION} }`;
  const back = at(await world.data(ROLLBACK, { to: 1 }), "rollbackPolicy");
  assert.equal(at(back, "revision"), 3);
  assert.deepEqual(
    (at(back, "changes") as unknown[]).map((change) => at(change, "summary")),
    ["client a: name B -> A", "client b: deleted"],
  );
  assert.deepEqual(at(await world.data('{ client(id: "a") { name } b: client(id: "b") { name } }'), "client"), {
    name: "A",
  });
  assert.equal(at(await world.data(ROLLBACK, { to: 3 }), "rollbackPolicy", "revision"), 3, "nothing differs");
  assert.equal(at(await world.data(ROLLBACK, { to: 0 }), "rollbackPolicy", "revision"), 4);
  assert.equal(world.domain.policy.current().clients.size, 0);
  for (const to of [5, -1])
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", ROLLBACK, { to })), ["toRevision"]);
});

test("without a version, a scope is the one in force; the newest only where none is", async () => {
  const world = await openWorld();
  const put = (title: string) => ({
    putScope: { name: "view_labs", title, atoms: [{ resourceType: "Observation", actions: ["read"] }] },
  });
  const meant = async () => at(await world.data('{ scope(name: "view_labs") { version } }'), "scope", "version");
  await apply(world, [put("a")]);
  assert.equal(await meant(), 1);
  await apply(world, [{ activateScope: { name: "view_labs" } }, put("b")]);
  assert.equal(await meant(), 1, "2 is a draft");
  await apply(world, [{ deprecateScope: { name: "view_labs", version: 1, sunsetAt: "2027-01-01T00:00:00Z" } }]);
  assert.equal(await meant(), 1);
  await apply(world, [{ activateScope: { name: "view_labs" } }]);
  assert.equal(await meant(), 2);
  assert.deepEqual(
    at(
      await world.data('{ scope(name: "view_labs", version: 1) { title state sunsetAt versions { version } } }'),
      "scope",
    ),
    {
      title: "a",
      state: "DEPRECATED",
      sunsetAt: "2027-01-01T00:00:00.000Z",
      versions: [{ version: 1 }, { version: 2 }],
    },
  );
});

test("the changes of a revision are walked by their cursors, a hundred at a time", async () => {
  const clients = Array.from({ length: 230 }, (_, i) => ({
    putClient: { id: `walk-${String(i).padStart(3, "0")}`, name: "W" },
  }));
  const revision = await apply(world, clients);
  const query = `query ($revision: Int, $after: ChangeCursor) { policyRevision(revision: $revision) { changeCount
    changes(first: 500, after: $after) { key cursor } } }`;
  const keys: string[] = [];
  const lengths: number[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const data = await world.data(query, { revision, after });
    const changes = at(data, "policyRevision", "changes") as { readonly key: string; readonly cursor: string }[];
    keys.push(...changes.map(({ key }) => key));
    lengths.push(changes.length);
    after = changes.at(-1)?.cursor ?? null;
    more = keys.length < Number(at(data, "policyRevision", "changeCount")) && changes.length > 0;
  }
  assert.deepEqual(
    keys,
    clients.map(({ putClient }) => putClient.id),
  );
  assert.deepEqual(lengths, [100, 100, 30]);
});
