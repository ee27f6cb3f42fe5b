import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AccessRequest, Subject } from "../../src/domain/decisions/types.ts";
import { checkCondition, compileCondition } from "../../src/engine/conditions.ts";
import { variablesFor } from "../../src/engine/conditionVariables.ts";
import { NOW } from "../support/policies.ts";

const request: AccessRequest = {
  clientId: "ehr",
  subject: { id: "ann", type: "user", organization: "o1", roles: null, attributes: { unit: "ICU" } },
  scopes: null,
  action: "vread",
  resource: {
    type: "Observation",
    id: null,
    patient: "p1",
    patients: null,
    organization: null,
    labels: ["R", "N"],
    attributes: { code: ["a", "b"] },
  },
  purposeOfUse: "TREAT",
  context: null,
  requestId: null,
};
const facts = { request, client: { id: "ehr", name: "EHR" }, now: NOW };
const ask = (text: string): boolean => compileCondition(text)(variablesFor(facts, "read", "view"));

describe("conditions", () => {
  for (const text of [
    'purposeOfUse == "TREAT"',
    '"R" in resource.labels',
    'subject.attributes.unit == "ICU" && subject.organization == "o1"',
    'action == "read" && scope == "view" && client.id == "ehr"',
    "!has(resource.organization)",
    'now < timestamp("2027-01-01T00:00:00Z")',
    'resource.attributes.code.exists(c, c == "b")',
    '["TREAT", "ETREAT"].exists(p, p == purposeOfUse)',
    "!has(context.attributes) && !has(context.patient)",
    "has(subject.id) && !has(subject.attributes.absent)",
    "resource.labels.all(a, resource.labels.exists(b, a == b))",
    "cel.bind(_a, resource.labels, _a.all(_b, _b in _a))",
    `resource.type in {${Array.from({ length: 120 }, (_, i) => `"t${i}": ${i}`).join(", ")}, "Observation": 1}`,
  ]) {
    test(`holds: ${text}`, () => {
      assert.equal(checkCondition(text), null);
      assert.equal(ask(text), true);
    });
  }

  for (const text of [
    'context.patient == "p1"',
    "has(context.attributes.x)",
    'context.attributes.x == "y"',
    "resource.attributes.missing == 1",
    'resource.attributes.constructor == "x"',
    "subject.attributes.unit > 3",
  ]) {
    test(`what is absent or of another type is an error, not a false: ${text}`, () => {
      assert.equal(checkCondition(text), null);
      assert.throws(() => ask(text));
    });
  }

  for (const [text, line, column, message] of [
    ["purposeOfUse = 1", 1, 14, /./],
    ['purposeOfUse ==\n  == "x"', 2, 3, /Unexpected token/],
    ['true &&\n  pourposeOfUse == "x"', 2, 3, /Unknown variable/],
    ["purposeOfUse", 1, 1, /true or false, not string/],
    ['purposeOfUse == "x" &&\n purposeOfUse.matches("(a+)+$")', 2, 2, /matches\(\) is not available/],
    ['resource.lables == "R"', 1, 10, /^resource has no member lables, only type, id, .*labels/],
    ["has(resource.lables)", 1, 14, /^resource has no member lables/],
    ['true ||\n  resource["lables"] == []', 2, 3, /has no member lables/],
    ['"admin" in subject.roles', 1, 20, /^subject has no member roles, only id, type, organization, attributes$/],
    ['client.secret == "x"', 1, 8, /^client has no member secret/],
    ['context.atributes.x == "y"', 1, 9, /^context has no member atributes/],
    ["has(subject.id.x)", 1, 16, /^subject.id is a text and has no member x$/],
    ["has(resource.labels.x)", 1, 21, /^resource.labels is a list and has no member x$/],
    ["cel.bind(s, subject, s.roles == [])", 1, 24, /roles/],
    ["subject.id == 5", 1, 1, /^string == int: values of these types can't stand/],
    ["true && 5 < purposeOfUse", 1, 9, /^int < string/],
    ['resource.labels == "R"', 1, 1, /^list<string> == string/],
    ["resource.labels.exists(l, l == 3)", 1, 27, /^string == int/],
    ["resource.patient in subject.id", 1, 1, /^string in string/],
    ["resource.organization == null", 1, 1, /^string == null: what is absent is not null; ask has\(\)/],
    ['now < "2027-01-01"', 1, 1, /^timestamp < string/],
    ["size(context) > 0", 1, 1, /^there is no function size\(context\)/],
    ["subject == context", 1, 1, /^subject == context/],
    ['_weigh(resource.labels, 1) == ["R"]', 1, 1, /_weigh/],
    ["1 + ", 1, 5, /./],
    ["", 1, 1, /./],
    [`${"(".repeat(30)}true${")".repeat(30)}`, 1, 1, /./],
  ] as const) {
    test(`is refused with its place: ${JSON.stringify(text).slice(0, 50)}`, () => {
      const problem = checkCondition(text);
      assert.ok(problem !== null, "it was accepted");
      assert.match(problem.message, message);
      assert.doesNotMatch(problem.message, /\n/);
      if (text.length < 60) assert.deepEqual([problem.line, problem.column], [line, column]);
      assert.throws(() => compileCondition(text));
    });
  }
});

test("without a subject or a context their members are absent: has() is false, and touching one is an error", () => {
  const alone = variablesFor({ ...facts, request: { ...request, subject: null, context: null } }, "read", "view");
  for (const member of ["subject.id", "subject.attributes", "context.attributes", "context.patient"]) {
    assert.equal(compileCondition(`has(${member})`)(alone), false);
    assert.throws(() => compileCondition(`${member} == ${member}`)(alone), /No such key/);
  }
  assert.throws(() => compileCondition("has(context.attributes.x)")(alone), /No such key: attributes/);
});

test("a condition sees every member that a request can have, and none that it lacks", () => {
  const all: AccessRequest = {
    ...request,
    resource: {
      type: "t",
      id: "i",
      patient: "p",
      patients: ["p"],
      organization: "o",
      labels: ["R"],
      attributes: { a: 1 },
    },
    context: {
      patient: "p",
      ipAddress: "::1",
      region: "eu",
      userAgent: "u",
      tokenId: "t",
      attributes: { a: 1 },
    },
  };
  const { subject, resource, context, purposeOfUse } = variablesFor({ ...facts, request: all }, "read", "view");
  // Which roles were asserted is not for conditions: rules name roles.
  const { roles: _, ...seen } = all.subject as Subject;
  assert.deepEqual(
    { subject, resource, context, purposeOfUse },
    { subject: seen, resource: all.resource, context: all.context, purposeOfUse: all.purposeOfUse },
  );
  const least = { ...all, subject: null, context: null, purposeOfUse: null };
  const names = Object.keys(variablesFor({ ...facts, request: least }, "read", "view"));
  assert.deepEqual(names.sort(), ["action", "client", "context", "now", "resource", "scope", "subject"]);
});
