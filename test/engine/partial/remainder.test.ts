import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { UNKNOWN } from "../../../src/domain/decisions/partial.ts";
import type { PartialFacts } from "../../../src/domain/decisions/ruleEngine.ts";
import type { Effect, Rule } from "../../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";

const facts: PartialFacts = {
  client: { id: "ehr", name: "The EHR" },
  now: Date.parse("2026-11-24T12:00:00Z"),
  request: {
    subject: { id: "nina", type: "user", organization: "north", attributes: UNKNOWN },
    purposeOfUse: "TREAT",
    context: UNKNOWN,
    resource: {
      type: "Observation",
      id: UNKNOWN,
      patient: UNKNOWN,
      patients: UNKNOWN,
      organization: UNKNOWN,
      labels: UNKNOWN,
      attributes: UNKNOWN,
    },
  },
};
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const ruleOf = (when: string | null, effect: Effect): Rule => ({
  ...{ id: "r", role: "*", scope: "view", action: "read", resourceType: "*", when, effect, obligations: [] },
  ...{ description: null, justification: null },
});
const left = (when: string | null, effect: Effect = "ALLOW") =>
  engine.remainder({ rule: ruleOf(when, effect), scope: "view", action: "read", facts });

describe("what is left of a condition", () => {
  const cases: readonly (readonly [when: string, cel: string, matches: string])[] = [
    ['purposeOfUse == "TREAT" && resource.id == "x"', '(resource.id == "x")', "the resource's id is x"],
    ['purposeOfUse == "BTG" || "R" in resource.labels', '("R" in resource.labels)', "the resource is labelled R"],
    [
      '!(purposeOfUse == "TREAT" && "R" in resource.labels)',
      '(!("R" in resource.labels))',
      "the resource is not labelled R",
    ],
    [
      "subject.organization == resource.organization",
      '("north" == resource.organization)',
      "north is the resource's organization",
    ],
    [
      'purposeOfUse == "TREAT" ? subject.id in resource.patients : true',
      '("nina" in resource.patients)',
      "the resource is of nina",
    ],
    [
      'has(resource.labels) && "R" in resource.labels',
      '(has(resource.labels) && ("R" in resource.labels))',
      "the resource is labelled R",
    ],
    [
      '"R" in resource.labels || (resource.attributes.level > 3 && context.region != "EU")',
      '(("R" in resource.labels) || ((resource.attributes.level > 3) && (context.region != "EU")))',
      "the resource is labelled R or (the resource's level is above 3 and the region of the caller is not EU)",
    ],
    [
      'resource.attributes.status in ["final", "amended"]',
      '(resource.attributes.status in ["final", "amended"])',
      "the resource's status is final or amended",
    ],
    [
      'resource.id.startsWith("a") && size(resource.labels) > 2',
      '(resource.id.startsWith("a") && (size(resource.labels) > 2))',
      "the resource's id begins with a and `size(resource.labels)` is above 2",
    ],
  ];
  for (const [when, cel, matches] of cases)
    test(when, () => {
      const remainder = left(when);
      assert.ok(typeof remainder !== "string");
      assert.deepEqual([remainder.cel, remainder.matches], [cel, matches]);
    });

  test("what is known decides alone, and a failure is safe for the effect", () => {
    assert.equal(left(null), "ALWAYS");
    assert.equal(left('purposeOfUse == "TREAT"'), "ALWAYS");
    assert.equal(left('purposeOfUse == "BTG" && resource.id == "x"'), "NEVER");
    assert.equal(left("subject.organization == client.other".replace(".other", ".id")), "NEVER");
    assert.equal(left('purposeOfUse == "TREAT"', "DENY"), "ALWAYS");
    assert.equal(left('purposeOfUse == "BTG"', "DENY"), "NEVER");
  });

  test("whether it may fail for want of something is told, and a guard takes that away", () => {
    const mayFail = (when: string) => {
      const remainder = left(when, "DENY");
      return typeof remainder === "string" ? remainder : remainder.mayFail;
    };
    assert.equal(mayFail('"R" in resource.labels'), true);
    assert.equal(mayFail('has(resource.labels) && "R" in resource.labels'), false);
    assert.equal(mayFail('resource.organization == "north"'), true);
    assert.equal(mayFail('has(resource.organization) && resource.organization == "north"'), false);
  });

  test("what can only fail says so", () => {
    const remainder = left('"PSY" in resource.labels ? purposeOfUse != "TREAT" : false', "DENY");
    assert.ok(typeof remainder !== "string");
    assert.equal(remainder.matches, "it can't be told whether the resource is labelled PSY");
  });
});

test("rules that could match together, while others don't", () => {
  const couldBe = (...wishes: readonly (readonly [when: string | null, effect: Effect, matches: boolean])[]) =>
    engine.couldBe({
      wishes: wishes.map(([when, effect, matches]) => ({ rule: ruleOf(when, effect), matches })),
      scope: "view",
      action: "read",
      facts: { ...facts, request: { ...facts.request, purposeOfUse: UNKNOWN } },
    });
  const [treat, research] = ['purposeOfUse == "TREAT"', 'purposeOfUse == "HRESCH"'];
  assert.equal(couldBe([treat, "ALLOW", true], [research, "ALLOW", true]), false);
  assert.equal(couldBe([treat, "ALLOW", true], [research, "ALLOW", false]), true);
  assert.equal(couldBe([treat, "ALLOW", true], [`${treat} || ${research}`, "ALLOW", false]), false);
  // A deny rule that fails matches, and fails where no purpose is said.
  assert.equal(couldBe([research, "DENY", true], [`${treat} || ${research}`, "DENY", false]), false);
  assert.equal(couldBe([null, "ALLOW", true], [treat, "DENY", false]), true);
  assert.equal(couldBe([null, "ALLOW", false]), false);
});
