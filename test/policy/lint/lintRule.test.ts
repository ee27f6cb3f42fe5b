import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ruleChecks } from "../../../src/domain/policy/lint/lintRule.ts";
import { missing } from "../../support/oneFileEach.ts";

const folder = "src/domain/policy/lint";
const names = ruleChecks.map(({ name }) => name);
const tests = readdirSync("test/policy/lint");
const docs = readFileSync("docs/rules.md", "utf8");

test("each check is a file with a test of its name, and a clause of docs/rules.md", () => {
  assert.deepEqual(missing(folder, names, { tests, docs }), []);
});

test("every test of a check has its check in the list", () => {
  const tested = tests.filter((file) => file.endsWith(".test.ts") && file !== "lintRule.test.ts");
  assert.deepEqual(tested.map((file) => file.slice(0, -".test.ts".length)).sort(), [...names].sort());
});
