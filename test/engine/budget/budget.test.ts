import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { meteredText } from "../../../src/engine/budget/meteredText.ts";
import { textOf } from "../../../src/engine/celExpression.ts";
import { checkCondition, compileCondition } from "../../../src/engine/conditions.ts";
import { variablesFor } from "../../../src/engine/conditionVariables.ts";
import { NOW } from "../../support/policies.ts";
import { client, condition, whole } from "../partial/support.ts";

const list = (length: number, item: (i: number) => unknown = (i) => `item ${i}`) =>
  Array.from({ length }, (_, i) => item(i));
const variablesWith = (attributes: object, labels: readonly string[] = []) => ({
  action: "read",
  scope: "view",
  subject: { id: "ann", type: "user", attributes },
  client: { id: "ehr" },
  resource: { type: "Observation", labels, attributes },
  context: {},
  now: new Date(NOW),
});
const TOO_MANY = /^Error: took more than 20,000 steps, the most that a condition may take$/;

describe("what takes more steps than a condition may is an error, however its parts are written", () => {
  const a = list(300);
  const long = "a".repeat(8000);
  for (const [text, attributes] of [
    ["resource.attributes.a.all(x, x in resource.attributes.a)", { a }],
    ['resource.attributes.a.exists(x, resource.attributes.a.exists(y, x == y + "z"))', { a }],
    [
      "resource.attributes.a.map(x, resource.attributes.a).size() > resource.attributes.a.map(x, resource.attributes.a.map(y, y)).size()",
      { a },
    ],
    ["resource.attributes.a.filter(x, resource.attributes.a.filter(y, y == x).size() == 1).size() > 0", { a }],
    ["resource.attributes.a.all(x, resource.attributes.a == resource.attributes.a)", { a: list(300, (i) => [i]) }],
    ["resource.attributes.a.exists(x, x.missing == 1)", { a: list(300, () => ({})) }],
    ["resource.attributes.a.all(x, x.p == 1 || x.q == 1 || true)", { a: list(300, () => ({})) }],
    [
      "resource.attributes.o in resource.attributes.a",
      { o: Object.fromEntries(list(200, (i) => [`k${i}`, i]) as [string, number][]), a: list(200, () => ({})) },
    ],
    ["resource.attributes.t.contains(resource.attributes.u)", { t: long, u: `b${long.slice(0, 4000)}` }],
    ['resource.attributes.a.exists(x, resource.attributes.t.contains("b"))', { a, t: long }],
    ["resource.attributes.t.indexOf(resource.attributes.u) > 0", { t: long, u: `b${long.slice(0, 4000)}` }],
    [
      'cel.bind(b, resource.attributes.t + resource.attributes.t, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, cel.bind(f, e + e, f + f == "x")))))',
      { t: long },
    ],
    [
      'resource.attributes.t.split("").size() > 1 && resource.attributes.t.split("").size() > 1 && resource.attributes.t.split("").join("x").size() > 1',
      { t: long },
    ],
    ["resource.attributes.a.join(resource.attributes.t).size() > 1", { a, t: long }],
    [`resource.attributes.a.join("${"-".repeat(900)}").size() > 1`, { a }],
    ['duration(resource.attributes.t) > duration("1h")', { t: "1".repeat(8000) }],
    ['resource.attributes.a.exists(x, now.getHours("America/New_York") == 99)', { a }],
    ["resource.attributes.a.exists(x, size(resource.attributes.t) == 1)", { a, t: long }],
    ["resource.attributes.a.exists(x, x < resource.attributes.t + resource.attributes.t)", { a, t: long }],
    ["true && !(resource.attributes.a.all(x, x in resource.attributes.a)) || true", { a }],
  ] as const) {
    test(text.slice(0, 90), () => {
      assert.equal(checkCondition(text), null);
      assert.throws(() => compileCondition(text)(variablesWith(attributes)), TOO_MANY);
    });
  }

  test("what is in the labels counts within a loop", () => {
    const labels = list(100, (i) => `label ${i}`) as string[];
    const text = "resource.attributes.a.all(x, !(x in resource.labels))";
    assert.throws(() => compileCondition(text)(variablesWith({ a: list(300) }, labels)), TOO_MANY);
  });
});

describe("what usual conditions look at is within it", () => {
  for (const [text, attributes] of [
    ['"item 7" in resource.attributes.a', { a: list(2000) }],
    ["resource.attributes.a.all(x, x in resource.attributes.a)", { a: list(90) }],
    [
      'resource.attributes.a.exists(x, x.id == "7" && x.role == "nurse")',
      { a: list(500, (i) => ({ id: `${i}`, role: "nurse" })) },
    ],
    ['subject.attributes.t.contains("needle")', { t: `${"hay".repeat(5000)}needle` }],
    ["size(resource.attributes.t) >= 10", { t: "x".repeat(16_000) }],
    ['duration(resource.attributes.t) > duration("1h")', { t: "36h15m" }],
    ['now.getHours("America/New_York") < 24', {}],
    ["resource.attributes == subject.attributes", { a: list(500) }],
  ] as const) {
    test(text, () => assert.equal(compileCondition(text)(variablesWith(attributes)), true));
  }

  test("and most have nothing to count, so that they are evaluated as they are", () => {
    const environment = new Environment({ unlistedVariablesAreDyn: true });
    for (const text of [
      'purposeOfUse in ["TREAT", "ETREAT"]',
      "resource.patient == subject.id",
      'has(resource.labels) && "R" in resource.labels && !(purposeOfUse in ["BTG", "PATRQT"])',
      'client.id == "nursing-app" && context.region != "on-premises"',
      "resource.attributes.prescriber == subject.id",
      'context.ipAddress.startsWith("10.")',
      'now < timestamp("2031-04-01T00:00:00Z")',
      "resource.attributes.level > 3",
    ]) {
      const { ast } = environment.parse(text);
      assert.equal(meteredText(ast), textOf(ast), text);
    }
  });
});

test("counting changes no answer: with steps enough a condition comes to what CEL alone says", () => {
  const plain = new Environment({ unlistedVariablesAreDyn: true, limits: { maxDepth: 200 } });
  const answer = (evaluate: () => unknown): unknown => {
    try {
      return evaluate();
    } catch {
      return "error";
    }
  };
  let counted = 0;
  fc.assert(
    fc.property(condition, whole, (text, request) => {
      fc.pre(checkCondition(text) === null);
      const variables = variablesFor({ request, client, now: NOW }, "read", "view");
      const { ast } = plain.parse(text);
      if (meteredText(ast) !== textOf(ast)) counted++;
      const expected = answer(() => plain.parse(text)(variables));
      assert.equal(
        answer(() => compileCondition(text)(variables)),
        expected === null ? "error" : expected,
      );
    }),
    { numRuns: 1000 },
  );
  assert.ok(counted > 150, `only ${counted} had something to count`);
});

test("the work of an evaluation is bounded by its steps: nothing is touched much more often than that", () => {
  let touched = 0;
  const traced = (values: readonly unknown[]): unknown[] =>
    new Proxy([...values], {
      get(target, key, self) {
        if (typeof key === "string" && /^\d+$/.test(key)) touched++;
        return Reflect.get(target, key, self);
      },
    });
  for (const [text, length] of [
    [
      "resource.attributes.a.all(x, resource.attributes.a.all(y, resource.attributes.a.all(z, z in resource.attributes.a)))",
      1000,
    ],
    ["resource.attributes.a.exists(x, resource.attributes.a.exists(y, x == y + 1.0 && y == x + 1.0))", 1000],
    ["resource.attributes.a.all(x, resource.attributes.a.exists_one(y, x == y))", 1000],
  ] as const) {
    touched = 0;
    assert.throws(() => compileCondition(text)(variablesWith({ a: traced(list(length, (i) => i)) })), TOO_MANY);
    assert.ok(touched <= 2 * 20_000, `${text}: ${touched}`);
  }
});
