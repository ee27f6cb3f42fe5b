import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import type { PartialFacts } from "../../src/domain/decisions/engine.ts";
import { UNKNOWN, Unknown } from "../../src/domain/decisions/partial.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { Effect, Rule } from "../../src/domain/policy/types.ts";
import { checkCondition, compileCondition, compilePartial, variablesFor } from "../../src/engine/conditions.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { knownVariables } from "../../src/engine/partial/known.ts";
import { can, World } from "../../src/engine/partial/possible.ts";
import { NOW } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const client = { id: "ehr", name: "EHR" };
const nothing = { id: UNKNOWN, patient: UNKNOWN, organization: UNKNOWN, labels: UNKNOWN, attributes: UNKNOWN };
const known: PartialFacts = {
  client,
  now: NOW,
  request: {
    subject: { id: "ann", type: "user", organization: UNKNOWN, attributes: UNKNOWN },
    resource: { type: "Observation", ...nothing, patient: "p1", organization: null },
    purposeOfUse: UNKNOWN,
    context: {
      patient: "p1",
      ipAddress: UNKNOWN,
      region: UNKNOWN,
      userAgent: UNKNOWN,
      tokenId: UNKNOWN,
      attributes: UNKNOWN,
    },
  },
};

/** `T`, `F` and `E` for what is possible: true, false and a failure. */
function possible(text: string, facts: PartialFacts = known): string {
  const outcomes = compilePartial(text).outcomes(new World(knownVariables(facts, "read", "view")));
  return `${can(outcomes, true) ? "T" : ""}${can(outcomes, false) ? "F" : ""}${outcomes.canFail ? "E" : ""}`;
}

describe("a condition of which a part is not known", () => {
  for (const [text, expected] of [
    ["true", "T"],
    ['subject.id == "ann" && client.id == "ehr" && action == "read" && scope == "view"', "T"],
    ['now < timestamp("2020-01-01T00:00:00Z")', "F"],
    ["resource.patient == context.patient", "T"],
    ['resource.organization == "o1"', "E"],
    ["has(resource.organization)", "F"],
    ["has(resource.labels)", "TF"],
    ["has(subject.attributes.unit)", "TFE"],
    ['"R" in resource.labels', "TFE"],
    ['has(resource.labels) && "R" in resource.labels', "TFE"],
    ['purposeOfUse == "TREAT"', "TFE"],
    ['purposeOfUse == "TREAT" && subject.id == "ben"', "F"],
    ['purposeOfUse == "TREAT" || subject.id == "ann"', "T"],
    ['resource.organization == "o1" && purposeOfUse == "TREAT"', "FE"],
    ['resource.organization == "o1" || purposeOfUse == "TREAT"', "TE"],
    ['resource.organization == "o1" && false', "F"],
    ['!(resource.organization == "o1")', "E"],
    ["resource.organization == subject.organization", "E"],
    ["resource.labels.exists(l, l == resource.organization)", "TFE"],
    ['resource.organization.exists(l, l == "x")', "E"],
    ['["R", "V"].exists(l, l in resource.labels)', "TFE"],
    ['["R", "V"].exists(l, l == subject.id)', "F"],
    ['subject.id == "ann" ? false : "R" in resource.labels', "F"],
    ['"R" in resource.labels ? false : subject.id == "ben"', "FE"],
    ["cel.bind(x, resource.patient, x == subject.id)", "F"],
    ["cel.bind(x, resource.labels, x == [])", "TFE"],
    ["size(context.attributes.justification) >= 10", "TFE"],
    ["size(resource.organization) >= 10", "E"],
    ["resource.organization < resource.id", "E"],
    ["resource.organization.startsWith(resource.id)", "E"],
    ["resource.organization == resource.id", "E"],
    ['subject["id"] == "ann"', "T"],
    ["type(subject.id) == string", "TFE"],
    ["[resource.organization] == []", "E"],
    ['{"a": resource.id}.a == "x"', "TFE"],
    ['{"a": resource.organization}.a == "x"', "E"],
  ] as const) {
    test(`${text}: ${expected}`, () => {
      assert.equal(checkCondition(text), null);
      assert.equal(possible(text), expected);
    });
  }

  test("sees nothing of a subject that is not there", () => {
    const alone = { ...known, request: { ...known.request, subject: null } };
    assert.equal(possible("resource.id == subject.id", alone), "E");
    assert.equal(possible("resource.id == subject.attributes.x || true", alone), "T");
  });

  test("knows of a text what it is not", () => {
    const facts = {
      ...known,
      request: { ...known.request, resource: { ...known.request.resource, patient: new Unknown(["p1"]) } },
    };
    assert.equal(possible("resource.patient == context.patient", facts), "FE");
    assert.equal(possible('resource.patient == "p2"', facts), "TFE");
    assert.equal(possible('resource.patient in ["p1"]', facts), "FE");
  });
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
});
const judge = (facts: PartialFacts, rules: readonly Rule[]) =>
  engine.couldMatch({ rules, scope: "view", action: "read", facts });
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

/** Conditions by a grammar, over all that a condition can touch. */
const { condition } = fc.letrec<{ condition: string; leaf: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    tie("leaf"),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} || ${b})`),
    fc.tuple(tie("condition"), tie("condition"), tie("condition")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    tie("condition").map((a) => `!(${a})`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `((${a}) == (${b}))`),
  ),
  leaf: fc.constantFrom(
    "true",
    "false",
    'purposeOfUse == "TREAT"',
    'purposeOfUse != "TREAT"',
    'purposeOfUse in ["TREAT", "HRESCH"]',
    'purposeOfUse in ["HRESCH", "BTG"]',
    'purposeOfUse.startsWith("T")',
    '"R" in resource.labels',
    '"N" in resource.labels',
    'resource.labels.exists(l, l == "R")',
    'resource.labels.all(l, l == resource.organization || l == "N")',
    "size(resource.labels) > 1",
    "has(resource.labels)",
    "has(resource.patient)",
    "has(resource.organization)",
    "has(resource.attributes)",
    "has(resource.attributes.level)",
    "has(resource.attributes.level.deep)",
    "has(subject.organization)",
    "has(subject.attributes.wards)",
    "has(context.patient)",
    "has(context.attributes.a)",
    "resource.patient == subject.id",
    "resource.patient == context.patient",
    "resource.organization == subject.organization",
    "resource.patient in subject.attributes.wards",
    '"level" in resource.attributes',
    "resource.attributes.level > 3.0",
    "resource.attributes.level == 5",
    'resource.attributes.level == "high"',
    "resource.attributes.level == null",
    'resource.attributes["level"] in ["high", "low"]',
    'resource.attributes == {"level": "high"}',
    'context.attributes.a.b == "c"',
    'context.patient == "p1"',
    'resource.type == "Observation"',
    'resource.organization.startsWith("o")',
    'cel.bind(x, resource.attributes.level, x == "high")',
    "client.id == subject.id",
    'client.name == "EHR"',
    'now < timestamp("2030-01-01T00:00:00Z")',
  ),
}));

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const attributes = pick(
  null,
  {},
  { level: 5 },
  { level: 2 },
  { level: "high" },
  { level: null },
  { level: { deep: 1 } },
  { level: ["high"] },
);
const whole: fc.Arbitrary<AccessRequest> = fc.record({
  clientId: pick("ehr"),
  subject: fc.option(
    fc.record({
      id: pick("p1", "p2"),
      type: pick("user"),
      organization: pick(null, "o1"),
      attributes: pick(null, {}, { wards: ["p1"] }, { wards: [] }),
    }),
    { nil: null, freq: 5 },
  ),
  scopes: pick(null),
  action: pick("read"),
  resource: fc.record({
    type: pick("Observation", "Condition"),
    id: pick(null, "x"),
    patient: pick(null, "p1", "p2"),
    organization: pick(null, "o1", "o2"),
    labels: pick(null, [], ["N"], ["R", "N"]),
    attributes,
  }),
  purposeOfUse: pick(null, "TREAT", "HRESCH", "BTG", "other"),
  context: fc.option(
    fc.record({
      patient: pick(null, "p1", "p2"),
      ipAddress: pick(null),
      region: pick(null, "x"),
      userAgent: pick(null),
      tokenId: pick(null),
      attributes: pick(null, {}, { a: 1 }, { a: { b: "c" } }),
    }),
    { nil: null, freq: 5 },
  ),
  requestId: pick(null),
});

/** Forgets parts of a request, each with its coin; of a text it may remember what it is not. */
function forget(request: AccessRequest, coins: readonly boolean[]): PartialFacts {
  let next = 0;
  const blur = <T>(given: T): T | Unknown => {
    const [gone, hint] = [coins[next++ % coins.length], coins[next++ % coins.length]];
    if (!gone) return given;
    return hint ? new Unknown(["p1", "o1", "TREAT", "Observation"].filter((text) => text !== given)) : UNKNOWN;
  };
  const { subject, resource, context } = request;
  const blurAll = <T extends object>(object: T): { [N in keyof T]: T[N] | Unknown } =>
    Object.fromEntries(Object.entries(object).map(([name, given]) => [name, blur(given)])) as {
      [N in keyof T]: T[N] | Unknown;
    };
  return {
    client,
    now: NOW,
    request: {
      subject: subject === null ? null : blurAll(subject),
      resource: blurAll(resource),
      purposeOfUse: blur(request.purposeOfUse),
      context: context === null ? blur(null) : coins[0] ? UNKNOWN : blurAll(context),
    },
  };
}
const coins = fc.array(fc.boolean(), { minLength: 41, maxLength: 41 });

function fully(text: string, request: AccessRequest): "T" | "F" | "E" {
  try {
    return compileCondition(text)(variablesFor({ request, client, now: NOW }, "read", "view")) ? "T" : "F";
  } catch {
    return "E";
  }
}

test("what a whole request comes to was among what was possible for a part of it", () => {
  let settled = 0;
  fc.assert(
    fc.property(condition, whole, coins, (text, request, forgotten) => {
      fc.pre(checkCondition(text) === null);
      const before = possible(text, forget(request, forgotten));
      if (before.length === 1) settled++;
      assert.ok(before.includes(fully(text, request)), `${fully(text, request)} is not among ${before}`);
    }),
    { numRuns: 5000 },
  );
  assert.ok(settled > 500, `only ${settled} were settled`);
});

test("with nothing unknown exactly one outcome is left", () => {
  fc.assert(
    fc.property(condition, whole, (text, request) => {
      fc.pre(checkCondition(text) === null);
      const { subject, resource, purposeOfUse, context } = request;
      assert.equal(
        possible(text, { client, now: NOW, request: { subject, resource, purposeOfUse, context } }),
        fully(text, request),
      );
    }),
    { numRuns: 2000 },
  );
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
        scopeNames: new Set(["view"]),
        action: "read",
        resourceType: request.resource.type,
        facts: { request, client, now: NOW },
      });
      assert.ok(allowed ? before.canAllow : before.canDeny, `it was ${allowed ? "allowed" : "denied"}`);
      if (allowed) for (const { id } of allowedBy) assert.ok(ids(before.allowing).includes(id), `${id} allowed it`);
    }),
    { numRuns: 3000 },
  );
  assert.ok(refused > 150, `only ${refused} were refused`);
});
