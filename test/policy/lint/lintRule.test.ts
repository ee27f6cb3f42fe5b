import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { ruleChecks } from "../../../src/domain/policy/lint/lintRule.ts";
import { missing } from "../../support/oneFileEach.ts";

const root = resolve(import.meta.dirname, "../../..");
const folder = resolve(root, "src/domain/policy/lint");
const names = ruleChecks.map(({ name }) => name);
const tests = readdirSync(import.meta.dirname);
const docs = readFileSync(resolve(root, "docs/rules.md"), "utf8");

test("each check is a file with a test of its name, and a clause of docs/rules.md", () => {
  assert.deepEqual(missing(folder, names, { tests, docs }), []);
});

test("every test of a check has its check in the list", () => {
  const tested = tests.filter((file) => file.endsWith(".test.ts") && file !== "lintRule.test.ts");
  assert.deepEqual(tested.map((file) => file.slice(0, -".test.ts".length)).sort(), [...names].sort());
});
