import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apartFromEmergencies, nearestWays, takesEmergency } from "../../src/domain/decisions/unmetWays.ts";
import type { Rule } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { NOW } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const rule = (id: string, when: string | null): Rule => ({
  ...{ id, role: "nurse", scope: "s", action: "read", resourceType: "Condition", when, effect: "ALLOW" },
  ...{ obligations: [], description: null, justification: null },
});

describe("a rule that allows to break glass alone", () => {
  for (const [when, takes] of [
    ['purposeOfUse == "BTG"', true],
    ['"BTG" == purposeOfUse && subject.organization == "ward"', true],
    ['purposeOfUse in ["BTG"]', true],
    ['resource.attributes.level == 1 && !(purposeOfUse != "BTG")', true],
    ['purposeOfUse in ["BTG", "TREAT"]', false],
    ['purposeOfUse == "ETREAT"', false],
    ['purposeOfUse != "TREAT"', false],
    ['purposeOfUse == "BTG" || subject.id in resource.attributes.careTeam', false],
    ['resource.attributes.status != "final"', false],
    [null, false],
  ] as const)
    test(`${when}: ${takes}`, () => assert.equal(takesEmergency(engine, rule("r", when)), takes));
});

test("the nearest way is what can be sent, then what another purpose would allow, then by id", () => {
  const request = {
    ...{
      clientId: "app",
      scopes: null,
      action: "read",
      purposeOfUse: "HPAYMT" as const,
      context: null,
      requestId: null,
    },
    resource: {
      ...{ type: "Condition", id: null, patient: null, patients: null, organization: null, labels: null },
      attributes: { level: 2 },
    },
    subject: null,
  };
  const facts = { request, client: { id: "app", name: null }, now: NOW };
  const ways = [
    { rule: rule("a", "resource.attributes.level == 1"), missing: [] },
    { rule: rule("b", 'purposeOfUse == "TREAT" && resource.attributes.level == 1'), missing: [] },
    { rule: rule("c", 'purposeOfUse == "BTG"'), missing: [] },
    { rule: rule("d", 'purposeOfUse == "TREAT" && resource.attributes.level == 2'), missing: [] },
    { rule: rule("e", '"R" in resource.labels && resource.id == "x"'), missing: ["resource.labels", "resource.id"] },
    { rule: rule("f", '"R" in resource.labels'), missing: ["resource.labels"] },
  ];
  const { emergency, ordinary } = apartFromEmergencies(ways, engine);
  assert.deepEqual(
    emergency.map((way) => way.rule.id),
    ["c"],
  );
  const nearest = nearestWays(ordinary.toReversed(), { engine, facts, scope: "s", action: "read" });
  assert.deepEqual(
    nearest.map((way) => way.rule.id),
    ["f", "e", "d", "a", "b"],
  );
});
