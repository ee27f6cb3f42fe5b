import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { checkCondition, compileCondition, variablesFor } from "../../src/engine/conditions.ts";
import { NOW } from "../support/policies.ts";

const request: AccessRequest = {
  clientId: "ehr",
  subject: { id: "ann", type: "user", organization: "o1", attributes: { unit: "ICU" } },
  scopes: null,
  action: "vread",
  resource: {
    type: "Observation",
    id: null,
    patient: "p1",
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
  ]) {
    test(`holds: ${text}`, () => {
      assert.equal(checkCondition(text), null);
      assert.equal(ask(text), true);
    });
  }

  for (const text of [
    "resource.organization == null",
    "context.patient == null",
    'context.attributes.x == "y"',
    "resource.attributes.missing == 1",
    'resource.constructor == "x"',
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
    ["resource.labels.all(a, resource.labels.all(b, a == b))", 1, 24, /within another/],
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

test("a condition sees every member that a request can have, and none that it lacks", () => {
  const all: AccessRequest = {
    ...request,
    resource: { type: "t", id: "i", patient: "p", organization: "o", labels: ["R"], attributes: { a: 1 } },
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
  assert.deepEqual(
    { subject, resource, context, purposeOfUse },
    { subject: all.subject, resource: all.resource, context: all.context, purposeOfUse: all.purposeOfUse },
  );
  const least = { ...all, subject: null, context: null, purposeOfUse: null };
  const names = Object.keys(variablesFor({ ...facts, request: least }, "read", "view"));
  assert.deepEqual(names.sort(), ["action", "client", "now", "resource", "scope"]);
});
