import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { printSchema, SCHEMAS } from "../../../src/cli/policy/schemas.ts";
import { parsePolicyFile } from "../../../src/domain/policy/files/policyFile.ts";
import { parseCases } from "../../../src/domain/simulation/cases/caseFile.ts";
import { yaml } from "../../../src/yaml/yaml.ts";
import { command } from "./support.ts";

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const [policy, cases] = ["policy", "cases"].map((of) => ajv.compile(SCHEMAS[of]?.() ?? false));

/** Where the schema refuses a text, as the reader names places: `operations[0].putRule`. */
function refused(validate: typeof policy, text: string): readonly string[] {
  assert.ok(validate);
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath }) =>
    instancePath
      .slice(1)
      .replaceAll(/\/(\d+)/g, "[$1]")
      .replaceAll("/", "."),
  );
}
const policyProblems = (text: string): readonly string[] =>
  parsePolicyFile("a.yaml", text, yaml).problems.map(({ path }) => path);
const caseProblems = (text: string): readonly string[] =>
  parseCases("a.yaml", text, yaml).problems.map(({ path }) => path);

describe("the schema of policy files", () => {
  for (const folder of ["seeds/hospital", "seeds/todo"])
    test(`takes what is read: ${folder}`, () => {
      for (const name of readdirSync(folder).filter((file) => file.endsWith(".yaml"))) {
        const text = readFileSync(`${folder}/${name}`, "utf8");
        assert.deepEqual([policyProblems(text), refused(policy, text)], [[], []], name);
        assert.match(text, /^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/policy\.schema\.json\n/);
      }
    });

  for (const [what, operation, place] of [
    ["an unknown member", "putRole: { name: r, inherit: [a] }", "operations[0].putRole"],
    ["an unknown operation", "dropRole: { name: r }", "operations[0]"],
    ["two operations", "putRole: { name: r }\n    deleteRule: { id: r }", "operations[0]"],
    ["a missing member", "assignRole: { subjectId: a, role: r }", "operations[0].assignRole"],
    ["a number for a text", "putRole: { name: 12 }", "operations[0].putRole.name"],
    ["a text for a flag", "putScope: { name: s, requiresConsent: 'no' }", "operations[0].putScope.requiresConsent"],
    ["an empty member", "putRole: { name: r, description: }", "operations[0].putRole.description"],
    ["a word that is none of them", "putClient: { id: c, name: C, status: active }", "operations[0].putClient.status"],
    [
      "a time without an offset",
      "grantScope: { clientId: c, scope: s, validUntil: 2030-01-01 }",
      "operations[0].grantScope.validUntil",
    ],
    ["a version of none", "retireScope: { name: s, version: 0 }", "operations[0].retireScope.version"],
    ["no list", "putRole: { name: r, inherits: a }", "operations[0].putRole.inherits"],
    [
      "a member within a list",
      "putScope: { name: s, atoms: [{ resourceType: A, action: read }] }",
      "operations[0].putScope.atoms[0]",
    ],
    [
      "what can't be cleared",
      "putRule: { id: i, role: r, scope: s, action: a, resourceType: t, effect: DENY, clear: [EFFECT] }",
      "operations[0].putRule.clear[0]",
    ],
    [
      "a setting",
      "putOrganization: { id: o, settings: { legalHold: 1 } }",
      "operations[0].putOrganization.settings.legalHold",
    ],
  ] as const)
    test(`refuses what is not read, at the same place: ${what}`, () => {
      const text = `operations:\n  - ${operation}\n`;
      assert.ok(policyProblems(text).includes(place), policyProblems(text).join());
      assert.ok(refused(policy, text).includes(place), refused(policy, text).join());
    });

  test("refuses a file without operations, as the reader does", () => {
    for (const text of ["{}", "rules: []"])
      assert.deepEqual([policyProblems(text).includes(""), refused(policy, text).includes("")], [true, true]);
  });
});

describe("the schema of cases", () => {
  test("takes what is read", () => {
    for (const name of ["seeds/requests.yaml", "seeds/grants.yaml"]) {
      const text = readFileSync(name, "utf8");
      assert.deepEqual([caseProblems(text), refused(cases, text)], [[], []], name);
    }
    const never =
      "never:\n  - { name: n, each: { clientId: [a, b], subject.id: [x], resource.labels: [[R], []] }, request: { action: read, resource: { type: T } } }";
    assert.deepEqual([caseProblems(never), refused(cases, never)], [[], []]);
  });

  const request = "{ clientId: c, action: read, resource: { type: T } }";
  for (const [what, text, place] of [
    [
      "a misspelt expectation",
      `requests: [{ name: n, request: ${request}, expect: { outcome: DENY, reason: [] } }]`,
      "requests[0].expect",
    ],
    ["no outcome", `requests: [{ name: n, request: ${request}, expect: {} }]`, "requests[0].expect"],
    [
      "an unknown reason",
      `requests: [{ name: n, request: ${request}, expect: { outcome: DENY, reasons: [NO_RULE] } }]`,
      "requests[0].expect.reasons[0]",
    ],
    [
      "a request without its action",
      "requests: [{ name: n, request: { clientId: c, resource: { type: T } }, expect: { outcome: DENY } }]",
      "requests[0].request",
    ],
    ["what can't vary", `never: [{ name: n, each: { name: [a] }, request: ${request} }]`, "never[0].each"],
    [
      "a token without its scope",
      "grants: [{ name: n, request: { clientId: c, scopes: [] }, expect: { outcomes: [] } }]",
      "grants[0].expect",
    ],
  ] as const)
    test(`refuses what is not read, at the same place: ${what}`, () => {
      assert.ok(caseProblems(text).includes(place), caseProblems(text).join());
      assert.ok(refused(cases, text).includes(place), refused(cases, text).join());
    });
});

test("the schemas are printed, and those of the repository are what is printed", async () => {
  for (const of of Object.keys(SCHEMAS)) {
    const { code, stdout } = await command(["policy", "schema", of]);
    assert.equal(code, 0);
    assert.equal(stdout, printSchema(SCHEMAS[of]?.() ?? {}));
    assert.equal(readFileSync(`schemas/${of}.schema.json`, "utf8"), stdout, "run `npm run schema`");
  }
  assert.match((await command(["policy", "schema", "months"])).stderr, /schema of policy and of cases, not of months/);
});
