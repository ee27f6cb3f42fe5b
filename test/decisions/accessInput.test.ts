import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AuthorizeInput,
  DEFAULT_INPUT_LIMITS,
  parseAuthorizeInput,
} from "../../src/domain/decisions/accessInput.ts";

const good: AuthorizeInput = { clientId: "ehr", action: "read", resource: { type: "Observation" } };
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

describe("a well-formed request", () => {
  test("comes out with its defaults, and otherwise as it was", () => {
    const parsed = parseAuthorizeInput({ ...good, subject: { id: "Ånn" }, scopes: [] }, "input");
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.request.subject, {
      id: "Ånn",
      type: "user",
      organization: null,
      roles: null,
      attributes: null,
    });
    assert.deepEqual(parsed.request.scopes, []);
    assert.equal(parsed.request.action, "read");
  });

  test("keeps letter case, accents and look-alikes apart: nothing is normalized", () => {
    for (const id of ["EHR", "ehr", "e\u0301", "\u00e9", "\u0435hr"]) {
      const parsed = parseAuthorizeInput({ ...good, clientId: id }, "input");
      assert.ok(parsed.ok && parsed.request.clientId === id);
    }
  });

  test("may reach each limit", () => {
    const attributes = { a: "x".repeat(DEFAULT_INPUT_LIMITS.attributeBytes - 8) };
    assert.ok(parseAuthorizeInput({ ...good, context: { attributes } }, "input").ok);
    assert.ok(parseAuthorizeInput({ ...good, context: { attributes: deep(6) } }, "input").ok);
    assert.ok(parseAuthorizeInput({ ...good, clientId: "c".repeat(256) }, "input").ok);
    for (const name of [
      "tools/call",
      "acme:record",
      "https://acme.example/a?b=c#d",
      "read all",
      "Ärztebrief",
      "a".repeat(256),
    ])
      assert.ok(parseAuthorizeInput({ ...good, action: name, resource: { type: name } }, "input").ok, name);
  });
});

describe("bad input names its field and what was expected", () => {
  for (const [path, input, message] of [
    ["input.clientId", { ...good, clientId: "" }, /empty/],
    ["input.clientId", { ...good, clientId: "c".repeat(257) }, /at most 256/],
    ["input.clientId", { ...good, clientId: " ehr" }, /white space/],
    ["input.clientId", { ...good, clientId: "*" }, /stands for any/],
    ["input.clientId", { ...good, clientId: "e\u200bhr" }, /format/],
    ["input.clientId", { ...good, clientId: "\ud800" }, /surrogate/],
    ["input.subject.id", { ...good, subject: { id: "a\u0000" } }, /control/],
    ["input.subject.attributes", { ...good, subject: { id: "a", attributes: [1] } }, /JSON object/],
    ["input.scopes", { ...good, scopes: Array.from({ length: 1001 }, () => "s") }, /at most 1000 items/],
    ["input.resource.type", { ...good, resource: { type: "*" } }, /one type/],
    ["input.action", { ...good, action: "" }, /empty/],
    ["input.action", { ...good, action: "read\n" }, /control/],
    ["input.action", { ...good, action: "\udc00read" }, /surrogate/],
    ["input.action", { ...good, action: "a".repeat(257) }, /at most 256/],
    ["input.resource.type", { ...good, resource: { type: "" } }, /empty/],
    ["input.resource.type", { ...good, resource: { type: "Obs\u0000" } }, /control/],
    ["input.resource.type", { ...good, resource: { type: "Obs\u202e" } }, /format/],
    ["input.resource.type", { ...good, resource: { type: "é".repeat(257) } }, /at most 256/],
    ["input.resource.labels[0]", { ...good, resource: { type: "T", labels: [""] } }, /empty/],
    [
      "input.resource.labels",
      { ...good, resource: { type: "T", labels: Array.from({ length: 101 }, () => "R") } },
      /at most 100/,
    ],
    ["input.resource.organization", { ...good, resource: { type: "T", organization: "o\n1" } }, /control/],
    ["input.resource.attributes", { ...good, resource: { type: "T", attributes: deep(7) } }, /6 levels/],
    ["input.resource.attributes", { ...good, resource: { type: "T", attributes: { n: Number.NaN } } }, /finite/],
    [
      "input.resource.attributes",
      { ...good, resource: { type: "T", attributes: JSON.parse('{"__proto__": {"a": 1}}') } },
      /__proto__/,
    ],
    [
      "input.resource.attributes",
      { ...good, resource: { type: "T", attributes: { a: { constructor: 1 } } } },
      /constructor/,
    ],
    ["input.context.attributes", { ...good, context: { attributes: { a: "x".repeat(20_000) } } }, /at most 16384/],
    ["input.context.userAgent", { ...good, context: { userAgent: "x".repeat(1025) } }, /at most 1024/],
    ["input.purposeOfUse", { ...good, purposeOfUse: "" }, /empty/],
    ["input.requestId", { ...good, requestId: "r\t1" }, /control/],
  ] as const) {
    test(`${path} ${message.source}`, () => {
      const parsed = parseAuthorizeInput(input, "input");
      assert.ok(!parsed.ok, "it was accepted");
      assert.deepEqual(
        parsed.problems.map((p) => p.path),
        [path],
      );
      assert.match(parsed.problems[0]?.message ?? "", message);
    });
  }
});
