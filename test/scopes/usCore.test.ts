import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readPolicyFiles } from "../../src/cli/policyFiles.ts";
import { atomCovers } from "../../src/domain/scopes/algebra.ts";
import { codesOf, exampleTokens } from "../../src/domain/scopes/categoryCodes.ts";
import { lintScope } from "../../src/domain/scopes/lint/lintScope.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";

/** The granular scopes that US Core asks servers to support, as its certification tests name them. */
const GRANULAR: Readonly<Record<string, readonly (readonly [system: string, code: string])[]>> = {
  Condition: [
    ["http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern"],
    ["http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis"],
    ["http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item"],
  ],
  Observation: [
    ["http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"],
    ["http://terminology.hl7.org/CodeSystem/observation-category", "survey"],
    ["http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs"],
    ["http://terminology.hl7.org/CodeSystem/observation-category", "social-history"],
    ["http://hl7.org/fhir/us/core/CodeSystem/us-core-category", "sdoh"],
  ],
};
const cases = Object.entries(GRANULAR).flatMap(([type, tokens]) =>
  tokens.map(([system, code]) => ({ type, system, code, scope: `patient/${type}.rs?category=${system}|${code}` })),
);

describe("US Core's granular scopes", () => {
  for (const { type, system, code, scope } of cases) {
    test(`${type} by ${code}: parses, is known to the lint, and nothing is wrong with it`, () => {
      const smart = parseSmartScope(scope);
      assert.ok(smart);
      assert.ok(codesOf(system)?.includes(code));
      assert.ok(exampleTokens(type, "category").includes(`${system}|${code}`));
      assert.deepEqual(lintScope({ name: scope, title: null, atoms: smart.atoms }), []);
    });
  }

  test("no two of them cover each other", () => {
    for (const one of cases) {
      for (const other of cases) {
        const [a, b] = [parseSmartScope(one.scope)?.atoms[0], parseSmartScope(other.scope)?.atoms[0]];
        assert.ok(a && b && atomCovers(a, b) === (one === other));
      }
    }
  });

  test("are all in the demo hospital's catalogue, each active and granted to the app that uses them, and no others", async () => {
    const operations = await readPolicyFiles("seeds/hospital");
    const wanted = cases.map(({ scope }) => scope).sort();
    const categories = (names: readonly (string | undefined)[]) =>
      names.filter((name) => name?.startsWith("patient/") && name.includes("?category=")).sort();
    assert.deepEqual(categories(operations.map((o) => o.putScope?.name)), wanted);
    assert.deepEqual(categories(operations.map((o) => o.activateScope?.name)), wanted);
    const granted = operations.map((o) => (o.grantScope?.clientId === "us-core-app" ? o.grantScope.scope : undefined));
    assert.deepEqual(categories(granted), wanted);
  });
});
