import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc from "fast-check";
import { compileMatcher, type MatcherFunction, type MatcherNode } from "../../src/engine/matcher.ts";

const require = createRequire(import.meta.url);
const casbin = require("casbin") as typeof import("casbin");
const expressions = createRequire(require.resolve("casbin"))("@casbin/expression-eval") as {
  readonly parse: (text: string) => MatcherNode;
  readonly compile: (text: string) => (context: object) => unknown;
};

/** Each call is noted, so that order and number of calls are compared too. */
let calls: unknown[] = [];
const noted = (name: string, answer: (a: unknown, b: unknown) => unknown): [string, MatcherFunction] => [
  name,
  (a: unknown, b: unknown) => {
    calls.push([name, a, b]);
    return answer(a, b);
  },
];
const functions = new Map([
  noted("both", (a, b) => Boolean(a) && Boolean(b)),
  noted("first", (a) => a),
  noted("fails", () => {
    throw new Error("failed");
  }),
]);
const contexts = [
  { x: "a", y: "b", z: { m: "a", n: { m: "b" } } },
  { x: "", y: 0, z: { m: "0", n: null } },
  { x: "a", y: "a", z: null, own: (a: unknown) => a },
  { x: 1, y: "1", z: { m: true, n: { m: 1 } }, both: "hidden by the function of that name" },
];

const { expression } = fc.letrec<{ expression: string; leaf: string; value: string }>((tie) => ({
  leaf: fc.constantFrom("x", "y", "z", "none", '"a"', '""', '"1"', "1", "0", "true", "false", "both"),
  value: fc.oneof(
    { depthSize: "small" },
    tie("leaf"),
    fc
      .tuple(fc.constantFrom("x", "z", "z.n"), fc.constantFrom("m", "n", "none", "constructor"))
      .map((p) => p.join(".")),
  ),
  expression: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    tie("value"),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom("==", "!=", "===", "!==", "&&", "||", "&&", "||", "+", "<"),
        tie("expression"),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(fc.constantFrom("!", "!", "-"), tie("expression")).map(([sign, operand]) => `${sign}(${operand})`),
    fc
      .tuple(
        fc.constantFrom("both", "first", "both", "first", "fails", "own", "none", "x"),
        fc.array(tie("expression"), { minLength: 1, maxLength: 3 }),
      )
      .map(([name, values]) => `${name}(${values.join(", ")})`),
    fc.tuple(tie("value"), tie("value")).map(([a, b]) => `both(${a}, ${b})`),
  ),
}));

/** What came of it: the value or the failure, and the calls on the way. */
function outcome(evaluate: () => unknown): unknown {
  calls = [];
  try {
    return { value: evaluate(), calls };
  } catch (error) {
    return { failed: error instanceof TypeError ? "TypeError" : String(error), calls };
  }
}

test("a compiled matcher has the value that Casbin gives it, after the same calls, or the same failure", () => {
  const compiledOf = { compiled: 0, not: 0 };
  fc.assert(
    fc.property(expression, (text) => {
      const compiled = compileMatcher(expressions.parse(text), functions);
      compiledOf[compiled === null ? "not" : "compiled"]++;
      if (compiled === null) return;
      const own = expressions.compile(text);
      for (const context of contexts)
        assert.deepEqual(
          outcome(() => compiled(context)),
          outcome(() => own({ ...context, ...Object.fromEntries(functions) })),
        );
    }),
    { numRuns: 20_000 },
  );
  assert.ok(compiledOf.compiled > 5_000 && compiledOf.not > 500, JSON.stringify(compiledOf));
});

test("what the compiler does not know is left to Casbin", () => {
  for (const text of [
    "x + y",
    "-x",
    "x ? y : z",
    "[x, y]",
    "x in y",
    "z[x]",
    "z.constructor",
    "z.m(x, y)",
    "own(x, y)",
    "both(x)",
    "x; y",
  ])
    assert.equal(compileMatcher(expressions.parse(text), functions), null, text);
});

test("the matcher of model.conf is compiled", () => {
  const model = casbin.newModel(readFileSync(new URL("../../model.conf", import.meta.url), "utf8"));
  const text = model.model.get("m")?.get("m")?.value ?? "";
  const names = ["holdsRole", "meansScope", "conditionHolds"].map((name) => noted(name, () => true));
  assert.notEqual(compileMatcher(expressions.parse(text), new Map(names)), null);
});
