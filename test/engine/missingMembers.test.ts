import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileCondition } from "../../src/engine/conditions.ts";
import { missingFor } from "../../src/engine/evaluation.ts";

const NOBODY = {
  action: "read",
  scope: "s",
  client: { id: "app" },
  subject: { id: "nina", type: "user" },
  resource: { type: "Condition" },
  context: {},
  now: new Date(0),
};

/** What a condition that fails is said to lack. */
function lacks(when: string, more: object = {}): readonly string[] {
  const variables = { ...NOBODY, ...more };
  try {
    compileCondition(when)(variables);
  } catch (error) {
    return missingFor(when, error, variables);
  }
  throw new Error(`${when} does not fail`);
}

describe("what a condition fails for want of", () => {
  for (const [when, missing] of [
    ['purposeOfUse == "TREAT"', ["purposeOfUse"]],
    ['"R" in resource.labels', ["resource.labels"]],
    ['resource.labels.exists(l, l == "R")', ["resource.labels"]],
    ['resource["labels"].size() > 0', ["resource.labels"]],
    ["subject.id in resource.attributes.careTeam", ["resource.attributes.careTeam"]],
    ['context.ipAddress.startsWith("10.")', ["context.ipAddress"]],
    // All of it, so that it can be sent at once.
    ['purposeOfUse == "TREAT" && "R" in resource.labels', ["purposeOfUse", "resource.labels"]],
    // What it asks about first may be absent.
    ['has(resource.labels) || purposeOfUse == "TREAT"', ["purposeOfUse"]],
    ['(has(resource.labels) ? true : "R" in resource.labels)', ["resource.labels"]],
    ["has(context.attributes.level)", ["context.attributes"]],
  ] as const)
    test(when, () => assert.deepEqual(lacks(when), missing));

  test("is a path of its text, never what a request says", () => {
    const resource = { type: "Condition", attributes: { team: {} } };
    assert.deepEqual(lacks("resource.attributes.team[subject.id] == 1", { resource }), []);
  });

  test("is nothing where it fails for another reason", () => {
    const resource = { type: "Condition", attributes: { level: "high" } };
    assert.deepEqual(lacks("resource.attributes.level > 3 || has(resource.labels)", { resource }), []);
    assert.deepEqual(missingFor("purposeOfUse == 'x'", new Error("No such key: purposeOfUse"), NOBODY), []);
  });
});
