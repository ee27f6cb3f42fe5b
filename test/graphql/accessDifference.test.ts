import assert from "node:assert/strict";
import { before, test } from "node:test";
import { graphql } from "graphql";
import { createLoaders } from "../../src/graphql/loaders.ts";
import { apply, at, callerOf, openWorld, pathsOf } from "./world.ts";

const world = await openWorld();
const reviewer = callerOf("key:reviewer", "reviewer");
const RULE = { role: "nurse", scope: "view_labs", action: "read", resourceType: "Observation", effect: "ALLOW" };
const observation = (actions: readonly string[]) => [{ resourceType: "Observation", actions }];

before(async () => {
  await apply(world, [
    { putClient: { id: "ehr", name: "The EHR" } },
    { putClient: { id: "old", name: "An old app", status: "SUSPENDED" } },
    { putRole: { name: "nurse" } },
    { putRole: { name: "student" } },
    { assignRole: { subjectId: "nina", role: "nurse", organization: "north" } },
    { putScope: { name: "view_labs", atoms: observation(["read"]) } },
    { activateScope: { name: "view_labs" } },
    { putScope: { name: "unused", atoms: observation(["read"]) } },
    { activateScope: { name: "unused" } },
    { grantScope: { clientId: "ehr", scope: "view_labs" } },
    { grantScope: { clientId: "ehr", scope: "patient/Observation.rs" } },
    { grantScope: { clientId: "old", scope: "view_labs" } },
    { putRule: { id: "nurse-labs", ...RULE } },
    { putRule: { id: "no-research", ...RULE, role: "*", effect: "DENY", when: 'purposeOfUse == "HRESCH"' } },
  ]);
});

const ACCESS = `query ($input: SimulateInput!) { simulate(input: $input) { changed results { changed } access { complete equal cells {
  clientId role subjectId subjectType organization scope resourceType action change before after example } } } }`;

/** The regions that differ, each without the members that are null. */
async function compared(...operations: readonly object[]) {
  const data = await world.data(ACCESS, { input: { operations, requests: [] } }, reviewer);
  const access = at(data, "simulate", "access") as {
    complete: boolean;
    equal: number;
    cells: Record<string, unknown>[];
  };
  assert.equal(access.complete, true);
  const cells = access.cells.map((cell) =>
    Object.fromEntries(Object.entries(cell).filter(([, value]) => value !== null)),
  );
  return { equal: access.equal, cells };
}
const LABS = { scope: "view_labs", resourceType: "Observation", action: "read" };

test("a rule that is new widens what its role reaches; one that says less than another widens nothing", async () => {
  const { cells } = await compared({ putRule: { id: "student-labs", ...RULE, role: "student" } });
  assert.deepEqual(cells, [
    {
      ...LABS,
      role: "student",
      change: "WIDER",
      before: "DENY",
      after: "CONDITIONAL",
      example: "New: student may read Observation with view_labs (rule student-labs).",
    },
  ]);
  const less = { id: "again", ...RULE, when: 'resource.patient == "ada"' };
  assert.deepEqual(await compared({ putRule: less }), { equal: 1, cells: [] });
});

test("an example of a rule for any action or any type is a sentence, too", async () => {
  const exampleOf = async (rule: object) => {
    const put = { id: "wide", ...RULE, role: "student", justification: "This rule is for a test.", ...rule };
    return (await compared({ putRule: put })).cells.map(({ example }) => example)[0];
  };
  assert.equal(
    await exampleOf({ action: "*" }),
    "New: student may do anything on Observation with view_labs (rule wide).",
  );
  assert.equal(await exampleOf({ resourceType: "*" }), "New: student may read on any type with view_labs (rule wide).");
  assert.equal(
    await exampleOf({ action: "*", resourceType: "*" }),
    "New: student may do anything on any type with view_labs (rule wide).",
  );
});

test("a condition that is narrower is not told to be wider, and one that can't be compared is told so", async () => {
  const of = async (when: string | undefined) => {
    const rule = when === undefined ? { clear: ["WHEN"] } : { when };
    const { cells } = await compared({ updateRule: { id: "no-research", ...rule } });
    return cells.map(({ change }) => change);
  };
  assert.deepEqual(await of(undefined), ["NARROWER"]);
  assert.deepEqual(await of('purposeOfUse == "HRESCH" || purposeOfUse == "HMARKT"'), ["NARROWER"]);
  assert.deepEqual(await of('purposeOfUse == "HRESCH" && resource.id == "x"'), ["WIDER"]);
  assert.deepEqual(await of('purposeOfUse == "HMARKT"'), ["INCOMPARABLE"]);
});

test("a rule for a scope that nobody is granted opens nothing until somebody is", async () => {
  const rule = { putRule: { id: "nurse-unused", ...RULE, scope: "unused" } };
  assert.deepEqual(await compared(rule), { equal: 1, cells: [] });
  const { cells } = await compared(rule, { grantScope: { clientId: "ehr", scope: "unused" } });
  assert.deepEqual(
    cells.map(({ change, clientId, role }) => [change, clientId, role]),
    [
      ["WIDER", "ehr", undefined],
      ["WIDER", undefined, "nurse"],
    ],
  );
});

test("what begins tomorrow is told today", async () => {
  const tomorrow = "2026-11-25T12:00:00Z";
  const grant = { clientId: "ehr", scope: "unused", validFrom: tomorrow };
  const { cells } = await compared(
    { grantScope: grant },
    { assignRole: { subjectId: "sam", role: "nurse", organization: "south", validFrom: tomorrow } },
  );
  assert.deepEqual(
    cells.map(({ change, clientId, subjectId, organization, role }) => [
      change,
      clientId ?? subjectId,
      organization,
      role,
    ]),
    [["WIDER", "sam", "south", "nurse"]],
  );
  const used = await compared({ putRule: { id: "nurse-unused", ...RULE, scope: "unused" } }, { grantScope: grant });
  assert.deepEqual(
    used.cells.map(({ change, clientId, scope, role }) => [change, clientId ?? role, scope]),
    [
      ["WIDER", "ehr", "unused"],
      ["WIDER", "nurse", "unused"],
    ],
  );
  const longer = await compared({ grantScope: { ...grant, scope: "view_labs" } });
  assert.deepEqual(
    longer.cells.map(({ change, clientId }) => [change, clientId]),
    [["NARROWER", "ehr"]],
  );
});

test("SMART scopes are compared by what they mean together", async () => {
  const grant = (scope: string) => ({ grantScope: { clientId: "ehr", scope } });
  const rule = { putRule: { id: "nurse-smart", ...RULE, scope: "patient/Observation.rs" } };
  assert.deepEqual(await compared(grant("patient/Observation.r")), { equal: 1, cells: [] });
  const { cells } = await compared(
    rule,
    grant("patient/Observation.r"),
    grant("patient/Observation.u"),
    grant("patient/*.r"),
  );
  assert.deepEqual(
    cells.map(({ change, clientId, role, scope, action }) => [change, clientId ?? role, scope, action]),
    [
      ["WIDER", "ehr", "patient/*.r", "read"],
      ["WIDER", "nurse", "patient/Observation.rs", "read"],
    ],
  );
});

test("a client that is served again, a role that inherits, a setting that reaches further", async () => {
  const { cells } = await compared(
    { updateClient: { id: "old", status: "ACTIVE" } },
    { updateRole: { name: "student", inherits: ["nurse"] } },
    { putOrganization: { id: "north", settings: { patientScopesReachShared: true } } },
    { putOrganization: { id: "south", settings: { emergencyOverridesRefusal: true } } },
  );
  assert.deepEqual(
    cells.map(({ change, clientId, role, organization }) => [change, clientId ?? role ?? organization]).sort(),
    [
      ["WIDER", "old"],
      ["WIDER", "south"],
      ["WIDER", "student"],
    ],
    "no patient/ scope that is granted reaches what is shared",
  );
});

test("more than one question may be none, and bad operations are named", async () => {
  const { errors } = await world.ask(
    ACCESS,
    { input: { operations: [{ deleteRule: { id: "none" } }], requests: [] } },
    reviewer,
  );
  assert.deepEqual(errors.flatMap(pathsOf), ["input.operations[0].deleteRule.id"]);
});

test("comparisons wait for their turn, and one that is asked for by many names is made once", async () => {
  let turns = 0;
  const journalTurns = {
    take: <T>(_: unknown, work: () => Promise<T>): Promise<T> => {
      turns++;
      return work();
    },
  };
  const { domain, schema } = world;
  const one = await domain.whatIf.simulate(reviewer, {
    operations: [{ deleteRule: { id: "nurse-labs" } }],
    requests: [],
  });
  assert.equal(one.access(), one.access());
  const two = await domain.accessReview.comparePolicy(reviewer, { from: 0, to: 1 });
  assert.equal(two.access(), two.access());
  const asked = async (source: string): Promise<number> => {
    turns = 0;
    const contextValue = { caller: reviewer, domain, loaders: createLoaders(domain), journalTurns };
    const { errors } = await graphql({ schema, source, contextValue });
    assert.equal(errors, undefined, JSON.stringify(errors));
    return turns;
  };
  assert.equal(await asked("{ comparePolicy(from: 0, to: 1) { rowCount } }"), 1);
  assert.equal(await asked("{ comparePolicy(from: 0, to: 1) { a: access { equal } b: access { equal } } }"), 3);
  assert.equal(await asked('{ clientAccess(input: { clientId: "ehr" }) { complete } }'), 1);
  assert.equal(await asked('{ whoCan(input: { action: "read", resource: { type: "X" } }) { complete } }'), 1);
});

test("a deny rule on a SMART scope denies with any scope: a client's role that it is about is told, given and taken", async () => {
  const holder = { clientId: "lab", role: "barred", organization: "*" };
  await apply(world, [
    { putClient: { id: "lab", name: "A laboratory" } },
    { putRole: { name: "barred" } },
    { grantScope: { clientId: "lab", scope: "view_labs" } },
    { putRule: { id: "barred-all", ...RULE, role: "barred", scope: "system/*.rs", effect: "DENY" } },
  ]);
  const given = await compared({ assignRole: holder });
  assert.deepEqual(
    given.cells.map(({ change, clientId, example }) => [change, clientId, example]),
    [
      [
        "NARROWER",
        "lab",
        "New: client lab holds the role barred in all organizations, and with it denial by rule barred-all.",
      ],
    ],
  );
  await apply(world, [{ assignRole: holder }]);
  const taken = await compared({ unassignRole: holder });
  assert.deepEqual(
    taken.cells.map(({ change, clientId, scope }) => [change, clientId, scope]),
    [["WIDER", "lab", "*"]],
  );
});
