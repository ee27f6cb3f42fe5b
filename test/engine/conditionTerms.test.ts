import assert from "node:assert/strict";
import { test } from "node:test";
import { readCondition } from "../../src/engine/conditionTerms.ts";

test("what a condition compares with texts, and which members it touches, is told from its text", () => {
  for (const [text, compared, touched] of [
    ["true", [], []],
    ['purposeOfUse == "TREAT"', ["purposeOfUse TREAT"], ["purposeOfUse"]],
    ['"TREAT" != purposeOfUse', ["purposeOfUse TREAT"], ["purposeOfUse"]],
    ['!(purposeOfUse in ["BTG", "TREAT"])', ["purposeOfUse BTG", "purposeOfUse TREAT"], ["purposeOfUse"]],
    ['"R" in resource.labels', ["resource.labels R"], ["resource.labels"]],
    ["resource.patient == subject.id", [], ["resource.patient", "subject.id"]],
    ['subject["organization"] == "o"', ["subject.organization o"], ["subject.organization"]],
    ["has(subject.id) && resource.attributes.level > 3", [], ["resource.attributes.level"]],
    ['resource.labels.exists(subject, subject == "x")', [], ["resource.labels"]],
    ['cel.bind(purposeOfUse, "x", purposeOfUse == "y")', [], []],
    ['["a"].exists(p, p == purposeOfUse)', [], ["purposeOfUse"]],
  ] as const) {
    const found = readCondition(text);
    assert.deepEqual(
      found.compared.map(({ member, text: other }) => `${member} ${other}`),
      compared,
      text,
    );
    assert.deepEqual(found.touched, touched, text);
  }
  assert.deepEqual(readCondition("has(subject.id) && has(subject.attributes.x)").asked, [
    "subject.id",
    "subject.attributes.x",
  ]);
});
