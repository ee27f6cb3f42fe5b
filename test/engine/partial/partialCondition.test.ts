import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Unknown } from "../../../src/domain/decisions/partial.ts";
import type { PartialFacts } from "../../../src/domain/decisions/ruleEngine.ts";
import type { AccessRequest } from "../../../src/domain/decisions/types.ts";
import { checkCondition, compileCondition, compilePartial, variablesFor } from "../../../src/engine/conditions.ts";
import { can } from "../../../src/engine/partial/outcomes.ts";
import { partialVariables } from "../../../src/engine/partial/partialVariables.ts";
import { World } from "../../../src/engine/partial/world.ts";
import { NOW } from "../../support/policies.ts";
import { client, coins, condition, forget, known, whole } from "./support.ts";

/** `T`, `F` and `E` for what is possible: true, false and a failure. */
function possible(text: string, facts: PartialFacts = known): string {
  const outcomes = compilePartial(text).outcomes(new World(partialVariables(facts, "read", "view")));
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
