import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { RuleGroup } from "../../src/domain/policy/ruleGroup.ts";
import type { Rule } from "../../src/domain/policy/types.ts";
import { compileCondition } from "../../src/engine/conditions.ts";
import { Evaluation, MATCHER_FUNCTIONS } from "../../src/engine/evaluation.ts";
import { NOW } from "../support/policies.ts";

const request: AccessRequest = {
  clientId: "c",
  subject: null,
  scopes: null,
  action: "read",
  resource: {
    type: "todo",
    id: null,
    patient: null,
    patients: null,
    organization: null,
    labels: null,
    attributes: null,
  },
  purposeOfUse: "TREAT",
  context: null,
  requestId: null,
};
const rule = (id: string, effect: Rule["effect"], when: string | null = null): Rule => ({
  id,
  role: "*",
  scope: "*",
  action: "*",
  resourceType: "*",
  when,
  effect,
  obligations: [],
  description: null,
  justification: null,
});
const alike = (...rules: readonly [Rule, ...Rule[]]): RuleGroup => {
  const { role, scope, action, resourceType, when, effect } = rules[0];
  return { role, scope, action, resourceType, when, effect, rules };
};

/** How often each condition was evaluated. */
const evaluated = new Map<string, number>();
function evaluation(): Evaluation {
  evaluated.clear();
  const query = {
    candidates: [],
    roles: new Set(["nurse"]),
    scope: "s",
    allowedNames: new Set(["s", "wider"]),
    deniedNames: new Set(["s", "within"]),
    action: "read",
    resourceType: "todo",
    facts: { request, client: { id: "c", name: null }, now: NOW },
  };
  return new Evaluation(query, (when) => {
    const condition = compileCondition(when);
    return (variables) => {
      evaluated.set(when, (evaluated.get(when) ?? 0) + 1);
      return condition(variables);
    };
  });
}
const ids = (rules: readonly Rule[]): string[] => rules.map(({ id }) => id);

const TRUE = 'purposeOfUse == "TREAT"';
const FALSE = 'purposeOfUse == "BTG"';
const FAILS = 'resource.organization == "o"';

test("errors are safe for the effect at hand: an allow rule does not match, a deny rule does", () => {
  const one = evaluation();
  for (const [effect, when, holds] of [
    ["ALLOW", null, true],
    ["ALLOW", TRUE, true],
    ["ALLOW", FALSE, false],
    ["ALLOW", FAILS, false],
    ["DENY", null, true],
    ["DENY", TRUE, true],
    ["DENY", FALSE, false],
    ["DENY", FAILS, true],
  ] as const)
    assert.equal(one.conditionHolds(rule(`${effect} ${when}`, effect, when)), holds, `${effect} ${when}`);
  const answer = one.answer(false);
  assert.deepEqual(ids(answer.allowedBy), ["ALLOW null", `ALLOW ${TRUE}`]);
  assert.deepEqual(ids(answer.deniedBy), ["DENY null", `DENY ${TRUE}`, `DENY ${FAILS}`]);
  assert.deepEqual(ids(answer.conditionFalse), [`ALLOW ${FALSE}`, `DENY ${FALSE}`]);
  assert.deepEqual(ids(answer.conditionErrors.map((error) => error.rule)), [`ALLOW ${FAILS}`, `DENY ${FAILS}`]);
  for (const { message } of answer.conditionErrors) assert.doesNotMatch(message, /\n/);
});

test("a condition that takes too many steps is such an error, with the rules that have it", () => {
  const one = evaluation();
  const labels = Array.from({ length: 100 }, (_, i) => `"${i}"`).join(", ");
  const when = `[${labels}].all(a, [${labels}].all(b, [${labels}].exists(c, a == c || b == c)))`;
  assert.equal(one.conditionHolds(rule("allow", "ALLOW", when)), false);
  assert.equal(one.conditionHolds(rule("deny", "DENY", when)), true);
  const { conditionErrors, conditionFalse, deniedBy } = one.answer(false);
  assert.deepEqual([ids(deniedBy), ids(conditionFalse)], [["deny"], []]);
  const message = "took more than 20,000 steps, the most that a condition may take";
  assert.deepEqual(
    conditionErrors.map((error) => [error.rule.id, error.message]),
    [
      ["allow", message],
      ["deny", message],
    ],
  );
});

test("what is said of a failure is short, whatever text of the caller's it quotes", () => {
  const one = evaluation();
  one.conditionHolds(rule("r", "DENY", `bool("${"x".repeat(500)}")`));
  const [error] = one.answer(false).conditionErrors;
  assert.match(error?.message ?? "", /^bool\(\) conversion error: invalid string value "x+$/);
  assert.equal(error?.message.length, 300);
});

test("a condition is evaluated once for a query, however many rules have it", () => {
  const one = evaluation();
  for (const when of [TRUE, FALSE, FAILS, TRUE, FALSE, FAILS, TRUE])
    for (const effect of ["ALLOW", "DENY"] as const) one.conditionHolds(rule("r", effect, when));
  assert.deepEqual([...evaluated.values()], [1, 1, 1]);
});

test("every rule that a group stands for is named, allow rules first and each by id", () => {
  const one = evaluation();
  one.conditionHolds(rule("c", "DENY", FAILS));
  one.conditionHolds(alike(rule("b", "ALLOW", FAILS), rule("d", "ALLOW", FAILS)));
  one.conditionHolds(alike(rule("a", "DENY", FAILS), rule("e", "DENY", FAILS)));
  one.conditionHolds(rule("f", "ALLOW", TRUE));
  one.conditionHolds(alike(rule("a1", "ALLOW", TRUE), rule("g", "ALLOW", TRUE)));
  const { allowed, allowedBy, deniedBy, conditionErrors } = one.answer(false);
  assert.equal(allowed, false);
  assert.deepEqual(ids(allowedBy), ["a1", "f", "g"]);
  assert.deepEqual(ids(deniedBy), ["a", "c", "e"]);
  assert.deepEqual(ids(conditionErrors.map((error) => error.rule)), ["b", "d", "a", "c", "e"]);
});

test("what the matcher can call knows the roles and the names of the scope, and answers only about a query", () => {
  const call = (name: string, query: unknown, value: unknown): unknown =>
    MATCHER_FUNCTIONS.get(name)?.(query, value as never);
  const one = evaluation();
  for (const [name, value, expected] of [
    ["holdsRole", "nurse", true],
    ["holdsRole", "*", true],
    ["holdsRole", "clerk", false],
    ["meansScope", { effect: "ALLOW", scope: "s" }, true],
    ["meansScope", { effect: "ALLOW", scope: "wider" }, true],
    ["meansScope", { effect: "ALLOW", scope: "within" }, false],
    ["meansScope", { effect: "ALLOW", scope: "*" }, true],
    ["meansScope", { effect: "ALLOW", scope: "t" }, false],
    ["meansScope", { effect: "DENY", scope: "s" }, true],
    ["meansScope", { effect: "DENY", scope: "wider" }, false],
    ["meansScope", { effect: "DENY", scope: "within" }, true],
    ["meansScope", { effect: "DENY", scope: "*" }, true],
    ["meansScope", { effect: "DENY", scope: "t" }, false],
    ["conditionHolds", rule("r", "ALLOW", TRUE), true],
  ] as const)
    assert.equal(call(name, one, value), expected, `${name} ${String(value)}`);
  for (const name of MATCHER_FUNCTIONS.keys())
    assert.throws(
      () => call(name, one.query, name === "conditionHolds" ? rule("r", "ALLOW") : "nurse"),
      /without the query/,
    );
});
