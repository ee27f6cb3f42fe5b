import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import type { PartialFacts } from "../../../src/domain/decisions/ruleEngine.ts";
import type { Effect, Rule } from "../../../src/domain/policy/types.ts";
import { checkCondition } from "../../../src/engine/conditions.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { NOW } from "../../support/policies.ts";
import { client, coins, condition, forget, known, pick, whole } from "./support.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const rule = (id: string, effect: Effect, when: string | null): Rule => ({
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
const judge = (facts: PartialFacts, rules: readonly Rule[]) =>
  engine.evaluatePartial({ rules, scope: "view", action: "read", facts });
const ids = (rules: readonly Rule[]): string[] => rules.map(({ id }) => id);

describe("rules of which a part of the request is not known", () => {
  const allow = (when: string | null): Rule => rule("allow", "ALLOW", when);
  const deny = (when: string | null): Rule => rule("deny", "DENY", when);

  for (const [title, rules, canAllow, canDeny] of [
    ["no rule allows nothing", [], false, true],
    ["an allow rule without a condition is sure", [allow(null)], true, false],
    ["a deny rule without a condition is too", [allow(null), deny(null)], false, true],
    ["a condition that may hold", [allow('"R" in resource.labels')], true, true],
    ["a condition that can't", [allow('subject.id == "ben"')], false, true],
    ["a deny rule that fails whatever is sent", [allow(null), deny('resource.organization == "o1"')], false, true],
    ["a deny rule that a caller can avoid", [allow(null), deny('"R" in resource.labels')], true, true],
    ["the same condition for both", [allow('"R" in resource.labels'), deny('"R" in resource.labels')], false, true],
    [
      "the same, guarded",
      [allow('"R" in resource.labels'), deny('has(resource.labels) && "R" in resource.labels')],
      false,
      true,
    ],
    [
      "what is not the text may be a list with it",
      [allow('"icu" in resource.attributes.x'), deny('resource.attributes.x == "icu" && purposeOfUse == "TREAT"')],
      true,
      true,
    ],
    ["opposite conditions", [allow('"R" in resource.labels'), deny('!("R" in resource.labels)')], true, true],
    [
      "one needs what the other forbids",
      [allow('purposeOfUse == "TREAT"'), deny('purposeOfUse != "BTG"')],
      false,
      true,
    ],
    [
      "a list that takes in the value",
      [allow('purposeOfUse in ["TREAT", "BTG"]'), deny('"BTG" != purposeOfUse')],
      true,
      true,
    ],
    [
      "a list that does not",
      [allow('purposeOfUse in ["TREAT", "ETREAT"]'), deny('purposeOfUse != "BTG"')],
      false,
      true,
    ],
    [
      "a value that settles a function",
      [allow('purposeOfUse == "TREAT"'), deny('purposeOfUse.startsWith("T")')],
      false,
      true,
    ],
    [
      "presence that one needs and the other forbids",
      [allow("has(resource.attributes.a)"), deny("has(resource.attributes)")],
      false,
      true,
    ],
    ["a deny that always holds with a sure allow", [allow(null), deny('subject.id == "ann"')], false, true],
    ["a deny that never holds", [allow(null), deny('subject.id == "ben"')], true, false],
  ] as const) {
    test(title, () => {
      const found = judge(known, rules);
      assert.deepEqual([found.canAllow, found.canDeny], [canAllow, canDeny]);
    });
  }

  test("says which rules it comes down to", () => {
    const rules = [
      rule("a1", "ALLOW", 'purposeOfUse == "TREAT"'),
      rule("a2", "ALLOW", 'subject.id == "ben"'),
      rule("d1", "DENY", 'purposeOfUse == "TREAT"'),
      rule("d2", "DENY", '"R" in resource.labels'),
    ];
    const refused = judge(known, rules);
    assert.deepEqual([ids(refused.allowing), ids(refused.unmet), ids(refused.denying)], [[], ["a2"], ["d1"]]);
    const hopeless = judge(
      known,
      rules.filter(({ id }) => id !== "a1"),
    );
    assert.deepEqual([ids(hopeless.unmet), ids(hopeless.denying)], [["a2"], []]);
    const passed = judge(
      known,
      rules.filter(({ id }) => id !== "d1"),
    );
    assert.deepEqual([ids(passed.allowing), ids(passed.unmet), ids(passed.denying)], [["a1"], ["a2"], []]);
  });

  test("presence is settled before values: nobody has to send what is compared", () => {
    const guarded = '(resource.attributes.a == "x" && purposeOfUse == "T") || !has(resource.attributes)';
    assert.equal(judge(known, [allow(guarded), deny('purposeOfUse == "T"')]).canAllow, true);
  });

  test("an explosion of cases counts as possible, and ends soon", () => {
    const many = Array.from({ length: 12 }, (_, i) => `("a${i}" in resource.labels || "b${i}" in resource.labels)`);
    const found = judge(known, [
      allow([...many, '"c" in resource.labels'].join(" && ")),
      deny('"c" in resource.labels'),
    ]);
    assert.equal(found.canAllow, true);
  });
});

test("what rules answer to a whole request was possible for a part of it, and what is sure is sure", () => {
  let refused = 0;
  const rules = fc.array(
    fc.record({ effect: pick<Effect>("ALLOW", "ALLOW", "DENY"), when: fc.option(condition, { nil: null, freq: 12 }) }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(rules, whole, coins, (list, request, forgotten) => {
      fc.pre(list.every(({ when }) => when === null || checkCondition(when) === null));
      const candidates = list.map(({ effect, when }, i) => rule(`r${i}`, effect, when));
      const before = judge(forget(request, forgotten), candidates);
      if (!before.canAllow) refused++;
      const { allowed, allowedBy } = engine.evaluate({
        candidates,
        roles: new Set(),
        scope: "view",
        allowedNames: new Set(["view"]),
        deniedNames: new Set(["view"]),
        action: "read",
        resourceType: request.resource.type,
        facts: { request, client, now: NOW },
      });
      assert.ok(allowed ? before.canAllow : before.canDeny, `it was ${allowed ? "allowed" : "denied"}`);
      if (allowed) for (const { id } of allowedBy) assert.ok(ids(before.allowing).includes(id), `${id} allowed it`);
    }),
    { numRuns: 600 },
  );
  assert.ok(refused > 20, `only ${refused} were refused`);
});
