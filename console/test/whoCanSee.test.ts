import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessSquare } from "../src/pages/ask/clientAccess.graphql.ts";
import { everywhere, matrixOf, sameCells } from "../src/pages/ask/matrix.ts";
import type { Reach, ReachRow } from "../src/pages/ask/whoCan.graphql.ts";
import { whoSees } from "../src/pages/ask/whoSees.ts";
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
    holders: 2,
    access: "ALLOW",
    reaches: [reach("r1")],
    before: null,
  },
  ...more,
});
const ANY = { type: "", action: "", client: "" };

test("rows of a role are one group; each place counts once, whatever the clients and purposes", () => {
  const rows = [
    row({}),
    row({ clientId: "lab" }),
    row({ organization: "south", holders: 3 }),
    row({ role: null, holders: null }),
  ];
  const groups = whoSees(rows, ANY).map(({ key, places, clients, ways }) => [
    key,
    places.map(({ holders }) => holders),
    clients.length,
    ways.length,
  ]);
  assert.deepEqual(groups, [
    ["nurse", [3, 2], 2, 1],
    ["*", [], 1, 1],
  ]);
});

test("a question about a type leaves out who does not reach it, and an exception of every type", () => {
  const all = row({ role: "doctor", reaches: [reach("r2", { resourceTypes: ["*"], exceptTypes: ["Consent"] })] });
  assert.deepEqual(
    whoSees([row({}), all], { ...ANY, type: "Patient" }).map(({ key }) => key),
    ["doctor"],
  );
  assert.deepEqual(whoSees([row({}), all], { ...ANY, type: "Consent" }), []);
});

test("a way that a change takes is told as gone, and one that it leaves is not", () => {
  const after = row({ reaches: [reach("r1")], before: { access: "ALLOW", reaches: [reach("r1"), reach("r2")] } });
  const [group] = whoSees([after], ANY);
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
