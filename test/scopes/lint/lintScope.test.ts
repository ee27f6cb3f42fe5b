import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { lintRules } from "../../../src/domain/scopes/lint/lintScope.ts";

const root = resolve(import.meta.dirname, "../../..");
const folder = resolve(root, "src/domain/scopes/lint");

/** What is missing for rules to be one a file, each with a test of its name and a clause in the documentation. */
function missing(rules: readonly string[], tests: readonly string[], docs: string): readonly string[] {
  return rules.flatMap((rule) => {
    const text = readdirSync(folder).includes(`${rule}.ts`) ? readFileSync(resolve(folder, `${rule}.ts`), "utf8") : "";
    const code = /code: "([A-Z_]+)"/.exec(text)?.[1];
    return [
      ...(text.match(/code: "/g)?.length === 1 ? [] : [`one rule in ${rule}.ts`]),
      ...(tests.includes(`${rule}.test.ts`) ? [] : [`${rule}.test.ts`]),
      ...(code !== undefined && docs.includes(`| \`${code}\` |`) ? [] : [`the clause of ${rule}`]),
    ];
  });
}

const names = lintRules.map(({ name }) => name);
const tests = readdirSync(import.meta.dirname);
const docs = readFileSync(resolve(root, "docs/scopes.md"), "utf8");

test("each rule is a file with a test of its name, and a clause of docs/scopes.md", () => {
  assert.deepEqual(missing(names, tests, docs), []);
});

test("a rule without a file, a test or a clause is found", () => {
  assert.deepEqual(missing([...names, "planted"], tests, docs), [
    "one rule in planted.ts",
    "planted.test.ts",
    "the clause of planted",
  ]);
  const some = tests.filter((file) => file !== "broadName.test.ts");
  assert.deepEqual(missing(names, some, docs), ["broadName.test.ts"]);
  assert.deepEqual(missing(names, tests, docs.replace("`BROAD_NAME`", "")), ["the clause of broadName"]);
});

test("every test of a rule has its rule in the list", () => {
  const tested = tests.filter((file) => file.endsWith(".test.ts") && file !== "lintScope.test.ts");
  assert.deepEqual(tested.map((file) => file.slice(0, -".test.ts".length)).sort(), [...names].sort());
});
