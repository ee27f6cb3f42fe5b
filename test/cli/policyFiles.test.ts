import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadPolicyFiles, PolicyFilesError, readPolicyFiles } from "../../src/cli/policyFiles.ts";
import { printFileProblem } from "../../src/domain/policy/files/fileReader.ts";
import { parsePolicyFile as parseFile } from "../../src/domain/policy/files/policyFile.ts";
import { yaml } from "../../src/yaml/yaml.ts";

const parsePolicyFile = (file: string, text: string) => parseFile(file, text, yaml);
const problemsOf = (text: string): string[] => parsePolicyFile("a.yaml", text).problems.map(printFileProblem);
const operation = (text: string): string[] => problemsOf(`operations:\n  - ${text}\n`);

async function folder(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "policy-"));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
    await body(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test("the demo hospital reads without a problem, in the order of its files", async () => {
  const { operations, places } = await loadPolicyFiles("seeds/hospital");
  assert.equal(operations.length, places.length);
  assert.ok(operations.length > 200);
  assert.deepEqual([...new Set(places.map(({ file }) => file))], [...new Set(places.map(({ file }) => file))].sort());
  assert.deepEqual(Object.keys(operations.at(-1) ?? {}), ["retireScope"]);
});

test("every field of every operation", () => {
  const { files, problems } = parsePolicyFile(
    "a.yaml",
    `operations:
  - putScope: { name: s, title: t, description: d, requiresConsent: true, justification: j, atoms: [{ context: PATIENT, resourceType: Observation, actions: [read], constraint: category=a }] }
  - activateScope: { name: s, version: 1 }
  - deprecateScope: { name: s, sunsetAt: "2030-06-30T00:00:00Z", replacedBy: u }
  - retireScope: { name: s }
  - deleteScope: { name: s, version: 2 }
  - putClient: { id: c, name: n, status: SUSPENDED, description: d }
  - deleteClient: { id: c }
  - grantScope: { clientId: c, scope: s, validFrom: 2026-01-01T01:30+01:30, validUntil: 2026-01-02T00:00:00.5Z }
  - revokeScope: { clientId: c, scope: s }
  - putRole: { name: r, inherits: [q], description: d }
  - deleteRole: { name: r }
  - assignRole: { subjectId: p, role: r, organization: o }
  - unassignRole: { clientId: c, role: r, organization: '*' }
  - putRule: { id: i, role: r, scope: s, action: read, resourceType: Observation, when: "true", effect: DENY, obligations: [{ type: t, parameters: { a: [1, null, "x", { b: false }] } }], description: d, justification: j }
  - deleteRule: { id: i }
`,
  );
  assert.deepEqual(problems, []);
  assert.equal(files.operations.length, 15);
  assert.deepEqual(files.operations[2], {
    deprecateScope: { name: "s", sunsetAt: Date.UTC(2030, 5, 30), replacedBy: "u" },
  });
  assert.deepEqual(files.operations[7]?.grantScope, {
    clientId: "c",
    scope: "s",
    validFrom: Date.UTC(2026, 0, 1),
    validUntil: Date.UTC(2026, 0, 2) + 500,
  });
  assert.deepEqual(files.operations[13]?.putRule?.obligations, [
    { type: "t", parameters: { a: [1, null, "x", { b: false }] } },
  ]);
  assert.deepEqual(files.places[3], { file: "a.yaml", line: 5, column: 5, path: "operations[3]" });
});

const refused: readonly { readonly what: string; readonly text: string; readonly problem: RegExp }[] = [
  {
    what: "an unknown operation",
    text: "putRuel: { id: i, effect: ALLOW }",
    problem: /^a\.yaml:2:5 operations\[0\]: has no field "putRuel"; did you mean putRule\?$/,
  },
  {
    what: "two operations in one item",
    text: "deleteRule: { id: i }\n    deleteRole: { name: r }",
    problem: /exactly one operation, not deleteRule, deleteRole$/,
  },
  { what: "no operation", text: "{}", problem: /exactly one operation, not none$/ },
  { what: "an item that is no mapping", text: "deleteRule", problem: /operations\[0\]: must be a mapping/ },
  {
    what: "an unknown field",
    text: "putRole: { name: r, inherit: [q] }",
    problem: /^a\.yaml:2:25 operations\[0\]\.putRole: has no field "inherit"; did you mean inherits\?$/,
  },
  {
    what: "a missing field",
    text: "grantScope: { clientId: c }",
    problem: /^a\.yaml:2:17 operations\[0\]\.grantScope: must have the field scope$/,
  },
  {
    what: "a number for a text",
    text: "putClient: { id: 12, name: n }",
    problem: /^a\.yaml:2:22 operations\[0\]\.putClient\.id: must be a text; put it in quotes$/,
  },
  { what: "a list for a text", text: "putClient: { id: [c], name: n }", problem: /putClient\.id: must be a text$/ },
  {
    what: "a text for a list",
    text: "putRole: { name: r, inherits: q }",
    problem: /putRole\.inherits: must be a list$/,
  },
  {
    what: "a number in a list of texts",
    text: "putRole: { name: r, inherits: [q, 1] }",
    problem: /putRole\.inherits\[1\]: must be a text; put it in quotes$/,
  },
  {
    what: "an empty value",
    text: "putRule: { id: i, effect: ALLOW, role: '*', scope: '*', action: '*', resourceType: '*', when: }",
    problem: /^a\.yaml:2:\d+ operations\[0\]\.putRule\.when: is empty; give a value, or leave the field out$/,
  },
  {
    what: "null",
    text: "putRule: { id: i, effect: ALLOW, when: ~, role: '*', scope: '*', action: '*', resourceType: '*' }",
    problem: /putRule\.when: is empty/,
  },
  ...["role", "scope", "action", "resourceType"].map((member) => ({
    what: `a rule without ${member}`,
    text: `putRule: { id: i, effect: ALLOW, ${["role", "scope", "action", "resourceType"].flatMap((name) => (name === member ? [] : [`${name}: '*'`])).join(", ")} }`,
    problem: new RegExp(`putRule: must have the field ${member}$`),
  })),
  ...["assignRole", "unassignRole"].flatMap((name) => [
    {
      what: `${name} nowhere`,
      text: `${name}: { subjectId: s, role: r }`,
      problem: /must have the field organization$/,
    },
    {
      what: `${name} in null`,
      text: `${name}: { subjectId: s, role: r, organization: ~ }`,
      problem: /organization: is empty; give a value/,
    },
  ]),
  ...["status: ~", "description: ~", "clear: ~"].map((member) => ({
    what: `a client with ${member}`,
    text: `putClient: { id: i, name: N, ${member} }`,
    problem: /is empty; give a value, or leave the field out$/,
  })),
  {
    what: "clearing what can't be empty",
    text: "updateClient: { id: i, clear: [STATUS] }",
    problem: /updateClient\.clear\[0\]: must be DESCRIPTION or PROTOCOL_SCOPES$/,
  },
  {
    what: "clearing by the name of the member",
    text: "grantScope: { clientId: c, scope: s, clear: [validUntil] }",
    problem: /clear\[0\]: must be VALID_FROM or VALID_UNTIL$/,
  },
  {
    what: "an effect in another case",
    text: "putRule: { id: i, effect: Deny, role: '*', scope: '*', action: '*', resourceType: '*' }",
    problem: /putRule\.effect: must be ALLOW or DENY$/,
  },
  {
    what: "an unknown context",
    text: "putScope: { name: s, atoms: [{ resourceType: T, actions: [read], context: patient }] }",
    problem: /atoms\[0\]\.context: must be ANY or PATIENT or USER or SYSTEM$/,
  },
  {
    what: "a text for a flag",
    text: 'putScope: { name: s, requiresConsent: "yes" }',
    problem: /requiresConsent: must be true or false$/,
  },
  {
    what: "a version that is no whole number",
    text: "activateScope: { name: s, version: 1.5 }",
    problem: /version: must be a whole number, 1 or more$/,
  },
  {
    what: "a version of 0",
    text: "activateScope: { name: s, version: 0 }",
    problem: /version: must be a whole number, 1 or more$/,
  },
  {
    what: "a date without a time",
    text: "deprecateScope: { name: s, sunsetAt: 2026-03-01 }",
    problem: /^a\.yaml:2:42 operations\[0\]\.deprecateScope\.sunsetAt: must be a time with an offset, such as/,
  },
  {
    what: "a time without an offset",
    text: "deprecateScope: { name: s, sunsetAt: 2026-03-01T00:00:00 }",
    problem: /must be a time with an offset/,
  },
  {
    what: "30 February",
    text: "deprecateScope: { name: s, sunsetAt: 2026-02-30T00:00:00Z }",
    problem: /must be a time with an offset/,
  },
  {
    what: "24 o'clock",
    text: "deprecateScope: { name: s, sunsetAt: 2026-02-03T24:00:00Z }",
    problem: /must be a time with an offset/,
  },
  {
    what: "25 o'clock",
    text: "deprecateScope: { name: s, sunsetAt: 2026-02-03T25:00:00Z }",
    problem: /must be a time with an offset/,
  },
  {
    what: "a number for a time",
    text: "deprecateScope: { name: s, sunsetAt: 1772323200000 }",
    problem: /must be a time with an offset/,
  },
  {
    what: "an infinite number",
    text: "putRule: { id: i, effect: ALLOW, obligations: [{ type: t, parameters: { a: .inf } }], role: '*', scope: '*', action: '*', resourceType: '*' }",
    problem: /parameters\.a: must be something that JSON can carry$/,
  },
  { what: "a merge key", text: "putRole: { <<: { name: r } }", problem: /has no field "<<"/ },
  {
    what: "a duplicate field",
    text: "putRole: { name: r, name: q }",
    problem: /^a\.yaml:2:\d+ is not valid YAML: Map keys must be unique$/,
  },
  {
    what: "a tag of another language",
    text: "putRole: { name: !!js/function r }",
    problem: /is not valid YAML: Unresolved tag/,
  },
  {
    what: "an unknown alias",
    text: "putRole: { name: *nobody }",
    problem: /^a\.yaml:2:22 is not valid YAML: \*nobody stands for nothing in this file$/,
  },
  { what: "broken syntax", text: "putRole: { name: r", problem: /^a\.yaml:\d+:\d+ is not valid YAML: / },
];
for (const { what, text, problem } of refused) {
  test(`refused: ${what}`, () => {
    const found = operation(text);
    assert.ok(
      found.some((line) => problem.test(line)),
      found.join("\n"),
    );
  });
}

test("refused: files that are no list of operations", () => {
  assert.deepEqual(problemsOf(""), ["a.yaml:1:1 must have the field operations"]);
  assert.deepEqual(problemsOf("- putRole: { name: r }"), ["a.yaml:1:1 must be a mapping of names to values"]);
  assert.deepEqual(problemsOf("operation: []"), [
    'a.yaml:1:1 has no field "operation"; did you mean operations?',
    "a.yaml:1:1 must have the field operations",
  ]);
  assert.deepEqual(problemsOf("operations: { putRole: { name: r } }"), ["a.yaml:1:13 operations: must be a list"]);
  assert.match(
    problemsOf("operations: []\n---\noperations: []").join(),
    /^a\.yaml:2:1 is not valid YAML: Source contains multiple documents/,
  );
});

test("aliases stand for what they name, and can't be used to make a file explode", () => {
  const shared = parsePolicyFile(
    "a.yaml",
    "operations:\n  - putRole: { name: r, inherits: &q [a, b] }\n  - putRole: { name: s, inherits: *q }",
  );
  assert.deepEqual(shared.files.operations[1], { putRole: { name: "s", inherits: ["a", "b"] } });
  const tenfold = Array.from({ length: 9 }, (_, i) => `&l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`).join(", ");
  const bomb = `operations:\n  - putRule: { effect: ALLOW, obligations: [{ type: t, parameters: [&l0 [x], ${tenfold}] }], role: '*', scope: '*', action: '*', resourceType: '*' }`;
  assert.ok(problemsOf(bomb).some((line) => line.includes("is nested too deeply or too large")));
});

test("all problems of all files are listed, with file, line and field", async () => {
  const files = {
    "20-b.yml": "operations:\n  - putRole: { name: 1 }\n  - putRole: {}\n",
    "10-a.yaml": "operations:\n\n  - deleteRule: { name: x }\n",
    "latin1.yaml": Uint8Array.from([0x23, 0xe9]),
    "notes.md": "not read",
  };
  await folder(files, async (dir) => {
    await mkdir(join(dir, "folder.yaml"));
    await assert.rejects(readPolicyFiles(dir), (error: unknown) => {
      assert.ok(error instanceof PolicyFilesError);
      assert.deepEqual(error.problems.map(printFileProblem), [
        '10-a.yaml:3:19 operations[0].deleteRule: has no field "name"; it may have id',
        "10-a.yaml:3:17 operations[0].deleteRule: must have the field id",
        "20-b.yml:2:22 operations[0].putRole.name: must be a text; put it in quotes",
        "20-b.yml:3:14 operations[1].putRole: must have the field name",
        "folder.yaml:1:1 must be a file",
        "latin1.yaml:1:1 must be UTF-8 text",
      ]);
      return true;
    });
  });
});

test("a folder without policy files is a mistake", async () => {
  await folder({ "notes.md": "" }, async (dir) => {
    await assert.rejects(readPolicyFiles(dir), /must have at least one \.yaml file/);
  });
});
