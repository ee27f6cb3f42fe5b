import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { listWithout, UNKNOWN, Unknown } from "../../../src/domain/decisions/partial.ts";
import type { PartialFacts } from "../../../src/domain/decisions/ruleEngine.ts";
import type { AccessRequest } from "../../../src/domain/decisions/types.ts";
import { MOST_STEPS } from "../../../src/engine/budget/meter.ts";
import { checkCondition, compileCondition, compilePartial } from "../../../src/engine/conditions.ts";
import { variablesFor } from "../../../src/engine/conditionVariables.ts";
import { can } from "../../../src/engine/partial/outcomes.ts";
import { partialVariables } from "../../../src/engine/partial/partialVariables.ts";
import { World } from "../../../src/engine/partial/world.ts";
import { NOW } from "../../support/policies.ts";
import { client, coins, condition, forget, known, whole } from "./support.ts";

/** `T`, `F` and `E` for what is possible: true, false and a failure. */
function possible(text: string, facts: PartialFacts = known, steps = MOST_STEPS): string {
  const outcomes = compilePartial(text, steps).outcomes(new World(partialVariables(facts, "read", "view")));
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
    ["has(subject.id)", "T"],
    ["has(context.attributes)", "TF"],
    // What is not known may be so long that to look at it takes too many steps, unless it need not be looked at.
    ['"R" in resource.labels || subject.id == "ann"', "T"],
    ['"R" in resource.attributes.list || subject.id == "ann"', "TE"],
    ['subject.id == "ann" || "R" in resource.attributes.list', "T"],
    ['"R" in resource.attributes.list && subject.id == "ben"', "FE"],
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
    ['dyn(resource.organization).exists(l, l == "x")', "E"],
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

  test("can ask whether there is a subject or a context", () => {
    const none = { ...known, request: { ...known.request, subject: null, context: null } };
    assert.equal(possible("has(subject.id) || has(context.attributes)", none), "F");
    assert.equal(possible("has(context.attributes.x)", none), "E");
    const open = { ...known, request: { ...known.request, context: UNKNOWN } };
    assert.equal(possible("has(context.attributes)", open), "TF");
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

  test("knows of a list what is not in it", () => {
    const resource = { ...known.request.resource, patient: new Unknown(["p1"]), patients: listWithout(["p1"]) };
    const facts = { ...known, request: { ...known.request, resource } };
    assert.equal(possible('has(resource.patients) && "p1" in resource.patients', facts), "FE");
    assert.equal(possible("context.patient in resource.patients", facts), "FE");
    assert.equal(possible('"p2" in resource.patients', facts), "TFE");
  });
});

function fully(text: string, request: AccessRequest, steps = MOST_STEPS): "T" | "F" | "E" {
  try {
    return compileCondition(text, steps)(variablesFor({ request, client, now: NOW }, "read", "view")) ? "T" : "F";
  } catch {
    return "E";
  }
}

/** Few enough that many conditions take more, and enough that many don't. */
const steps = fc.oneof(fc.constant(MOST_STEPS), fc.nat({ max: 60 }));

test("what a whole request comes to was among what was possible for a part of it, however few the steps", () => {
  let settled = 0;
  let exhausted = 0;
  fc.assert(
    fc.property(condition, whole, coins, steps, (text, request, forgotten, most) => {
      fc.pre(checkCondition(text) === null);
      const before = possible(text, forget(request, forgotten), most);
      if (before.length === 1) settled++;
      const found = fully(text, request, most);
      if (found === "E" && fully(text, request) !== "E") exhausted++;
      assert.ok(before.includes(found), `${found} is not among ${before}`);
    }),
    { numRuns: 1500 },
  );
  assert.ok(settled > 60, `only ${settled} were settled`);
  assert.ok(exhausted > 5, `only ${exhausted} took too many steps`);
});

test("with nothing unknown exactly one outcome is left", () => {
  fc.assert(
    fc.property(condition, whole, steps, (text, request, most) => {
      fc.pre(checkCondition(text) === null);
      const { subject, resource, purposeOfUse, context } = request;
      const told = { client, now: NOW, request: { subject, resource, purposeOfUse, context } };
      assert.equal(possible(text, told, most), fully(text, request, most));
    }),
    { numRuns: 600 },
  );
});
