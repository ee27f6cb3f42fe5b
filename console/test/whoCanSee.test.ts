import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessSquare } from "../src/pages/ask/clientAccess.graphql.ts";
import { everywhere, matrixOf, sameCells } from "../src/pages/ask/matrix.ts";
import type { PersonRow, Reach, ReachRow } from "../src/pages/ask/whoCan.graphql.ts";
import { peopleWords, type RoleGroup, whoSees } from "../src/pages/ask/whoSees.ts";
import { changeOf, changeSearch, changeValues } from "../src/ui/policyChange/changeLink.ts";

const cell = (more: Partial<AccessSquare>): AccessSquare => ({
  ...{
    role: null,
    alsoHeld: [],
    scope: "labs",
    resourceType: "Observation",
    action: "read",
    access: "DENY",
    conditions: [],
    reasons: [],
    before: null,
  },
  ...more,
});

test("a square has the most that any role has, and what no role reaches is denied", () => {
  const nurse = cell({ role: "nurse", access: "CONDITIONAL" });
  const { squares, actions } = matrixOf(
    [nurse, cell({ role: "doctor", access: "ALLOW" })],
    [cell({}), cell({ action: "delete" })],
  );
  assert.deepEqual(actions, ["read", "delete"]);
  assert.deepEqual(
    squares.map(({ action, access, roles, change }) => [action, access, roles, change]),
    [
      ["read", "ALLOW", 2, null],
      ["delete", "DENY", 0, null],
    ],
  );
});

test("a change narrows or widens a square, though others still reach it, and both is neither", () => {
  const lost = cell({ role: "nurse", access: "DENY", before: { access: "CONDITIONAL", conditions: [] } });
  const won = cell({ role: "clerk", access: "ALLOW", before: { access: "DENY", conditions: [] } });
  const same = cell({ role: "doctor", access: "ALLOW" });
  const changed = (cells: readonly AccessSquare[]) =>
    matrixOf(cells, []).squares.map(({ before, access, change }) => [before, access, change]);
  assert.deepEqual(changed([lost, same]), [["ALLOW", "ALLOW", "NARROWER"]]);
  assert.deepEqual(changed([won]), [["DENY", "ALLOW", "WIDER"]]);
  assert.deepEqual(changed([lost, won]), [["CONDITIONAL", "ALLOW", "OTHER"]]);
  assert.deepEqual(changed([same]), [["ALLOW", "ALLOW", null]]);
});

test("what holds everywhere is said once, and roles with the same answer together", () => {
  const texts = (...list: string[]) => list.map((text) => ({ text }));
  const a = cell({ role: "nurse", access: "CONDITIONAL", conditions: texts("x", "y") });
  const b = cell({ role: "doctor", access: "CONDITIONAL", conditions: texts("y") });
  assert.deepEqual(everywhere([a, b, cell({ access: "DENY" })]), ["y"]);
  assert.deepEqual(everywhere([a, b, cell({ access: "ALLOW" })]), []);
  assert.deepEqual(
    sameCells([a, b, { ...a, role: "aide" }]).map(({ roles }) => roles),
    [["nurse", "aide"], ["doctor"]],
  );
});

const reach = (ruleId: string, more: Partial<Reach> = {}): Reach => ({
  ...{
    resourceTypes: ["Observation"],
    exceptTypes: [],
    ofPatients: true,
    actions: ["read"],
    scope: "labs",
    ruleId,
    access: "ALLOW",
    conditions: [],
  },
  ...more,
});
const row = (more: Partial<ReachRow>): ReachRow => ({
  ...{
    clientId: "ehr",
    client: null,
    asItself: false,
    role: "nurse",
    organization: "north",
    purposeOfUse: null,
    access: "ALLOW",
    reaches: [reach("r1")],
    before: null,
  },
  ...more,
});
const ANY = { type: "", action: "", client: "" };

const person = (subjectId: string, by: PersonRow["by"]): PersonRow => ({
  ...{ subjectId, by },
  subjectType: "user",
  subjectName: null,
});
const sure = (role: string | null) => ({ role, access: "ALLOW" }) as const;
const maybe = (role: string | null) => ({ role, access: "CONDITIONAL" }) as const;

test("a group has the people whom its role lets in, whatever the clients and purposes; a role without any stands apart", () => {
  const rows = [
    row({}),
    row({ clientId: "lab" }),
    row({ organization: "south" }),
    row({ role: null }),
    row({ role: "aide" }),
  ];
  const people = [person("nina", [sure("nurse"), maybe(null)]), person("tom", [maybe("nurse")])];
  const { groups, nobody } = whoSees(rows, people, ANY);
  assert.deepEqual(
    groups.map(({ key, people: of, clients, ways }) => [
      key,
      of.map(({ subjectId }) => subjectId),
      clients.length,
      ways.length,
    ]),
    [
      ["nurse", ["nina", "tom"], 2, 1],
      ["*", ["nina"], 1, 1],
    ],
  );
  assert.deepEqual(
    nobody.map(({ key }) => key),
    ["aide"],
  );
  // Clients by themselves are nobody, and are shown.
  assert.deepEqual(
    whoSees([row({ role: null, asItself: true })], [], ANY).groups.map(({ key }) => key),
    [""],
  );
});

test("how many are reached is said, and how many more could be", () => {
  assert.deepEqual([[], [sure("")], [maybe(""), maybe("")], [sure(""), maybe("")]].map(peopleWords), [
    "0",
    "1",
    "up to 2",
    "1, up to 2",
  ]);
});

test("a question about a type leaves out who does not reach it, and an exception of every type", () => {
  const all = row({ role: "doctor", reaches: [reach("r2", { resourceTypes: ["*"], exceptTypes: ["Consent"] })] });
  const people = [person("paul", [sure("doctor"), sure("nurse")])];
  assert.deepEqual(
    whoSees([row({}), all], people, { ...ANY, type: "Patient" }).groups.map(({ key }) => key),
    ["doctor"],
  );
  assert.deepEqual(whoSees([row({}), all], people, { ...ANY, type: "Consent" }), {
    groups: [],
    nobody: [],
    beside: [],
  });
});

test("what is nobody's data stands apart, and counts no people", () => {
  const staff = reach("r2", { resourceTypes: ["Organization"], ofPatients: false });
  const { groups, beside } = whoSees([row({ reaches: [reach("r1"), staff] })], [person("nina", [sure("nurse")])], ANY);
  const told = ({ people, types }: RoleGroup) => [types, people.length];
  assert.deepEqual(groups.map(told), [[["Observation"], 1]]);
  assert.deepEqual(beside.map(told), [[["Organization"], 0]]);
});

test("a way that a change takes is told as gone, and one that it leaves is not", () => {
  const after = row({ reaches: [reach("r1")], before: { access: "ALLOW", reaches: [reach("r1"), reach("r2")] } });
  const [group] = whoSees([after], [], ANY).groups;
  assert.equal(group?.change, "NARROWER");
  assert.deepEqual(
    group?.ways.map(({ reach: { ruleId }, change }) => [ruleId, change]),
    [
      ["r1", null],
      ["r2", "NARROWER"],
    ],
  );
});

test("a change that names nobody is readable in a link, and one that names somebody is not", () => {
  const rule = [{ deleteRule: { id: "r1" } }];
  assert.deepEqual(changeSearch(rule), { op: "deleteRule", id: "r1" });
  assert.deepEqual(changeOf(changeValues(rule)), rule);
  const person = [{ unassignRole: { role: "nurse", organization: "*", subjectId: "nina" } }];
  assert.deepEqual(changeOf(changeValues(person)), person);
  assert.doesNotMatch(JSON.stringify(changeSearch(person)), /nina/);
});
