import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { lintRules } from "../../../src/domain/scopes/lint/lintScope.ts";
import { missing } from "../../support/oneFileEach.ts";

const folder = "src/domain/scopes/lint";
const names = lintRules.map(({ name }) => name);
const tests = readdirSync("test/scopes/lint");
const docs = readFileSync("docs/scopes.md", "utf8");

test("each rule is a file with a test of its name, and a clause of docs/scopes.md", () => {
  assert.deepEqual(missing(folder, names, { tests, docs }), []);
});

test("a rule without a file, a test or a clause is found", () => {
  assert.deepEqual(missing(folder, [...names, "planted"], { tests, docs }), [
    "one rule in planted.ts",
    "planted.test.ts",
    "the clause of planted",
  ]);
  const some = tests.filter((file) => file !== "broadName.test.ts");
  assert.deepEqual(missing(folder, names, { tests: some, docs }), ["broadName.test.ts"]);
  assert.deepEqual(missing(folder, names, { tests, docs: docs.replace("`BROAD_NAME`", "") }), [
    "the clause of broadName",
  ]);
});

test("every test of a rule has its rule in the list", () => {
  const tested = tests.filter((file) => file.endsWith(".test.ts") && file !== "lintScope.test.ts");
  assert.deepEqual(tested.map((file) => file.slice(0, -".test.ts".length)).sort(), [...names].sort());
});
