import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { before, describe, test } from "node:test";
import ts from "typescript";
import type { Noun } from "../../src/domain/policy/types.ts";

/*
 * A member is planted in every noun and in API keys, in memory, and the compiler must ask for it in each place that has to
 * answer for it. Whoever adds one is led from place to place; CONTRIBUTING.md has the order.
 */

const TYPES = "src/domain/policy/types.ts";
const MEMBERS = "src/domain/policy/members.ts";
const KEYS = "src/domain/callers/types.ts";
const LAW = "test/laws/members.test.ts";
const HISTORY = "src/graphql/changeSummary.ts";
const FILES = "src/cli/policyShapes.ts";

/** What the compiler asks for once the member is in the type and in the list of members. */
const PLACES: { readonly [N in Noun | "apiKey"]: { readonly type: string; readonly places: readonly string[] } } = {
  client: {
    type: "Client",
    places: [FILES, "src/domain/policy/internal/partyOperations.ts", HISTORY, "src/graphql/clients.ts", LAW],
  },
  scope: {
    type: "ScopeVersion",
    places: [
      FILES,
      "src/domain/policy/internal/scopeContent.ts",
      HISTORY,
      "src/graphql/scopeTypes.ts",
      "src/graphql/scopes.ts",
      LAW,
    ],
  },
  role: {
    type: "Role",
    places: [FILES, "src/domain/policy/internal/partyOperations.ts", HISTORY, "src/graphql/roles.ts", LAW],
  },
  grant: {
    type: "Grant",
    places: [FILES, "src/domain/policy/internal/partyOperations.ts", HISTORY, "src/graphql/grants.ts", LAW],
  },
  assignment: {
    type: "Assignment",
    places: [FILES, "src/domain/policy/internal/partyOperations.ts", HISTORY, "src/graphql/assignments.ts", LAW],
  },
  rule: {
    type: "Rule",
    places: [
      FILES,
      "src/domain/policy/internal/ruleOperations.ts",
      "src/domain/policy/snapshot.ts",
      HISTORY,
      "src/graphql/rules.ts",
      LAW,
    ],
  },
  entity: {
    type: "Entity",
    places: [FILES, "src/domain/policy/internal/entityOperations.ts", HISTORY, "src/graphql/entities.ts", LAW],
  },
  apiKey: {
    type: "ApiKey",
    places: ["src/app.ts", "src/cli/demoCommand.ts", "src/graphql/apiKeys.ts", "src/storage/database/entities.ts", LAW],
  },
};

const memberOf = (noun: string): string => `stewardOf${noun}`;
const CHECKED = /^src\/(app\.ts|cli\/|graphql\/[^/]+$|domain\/(policy|callers)\/|storage\/)|^test\/laws\/members/;

/** The files among those checked of which the compiler complains, naming the member of the noun, when files have these texts. */
function complaints(texts: Readonly<Record<string, string>>, checked: RegExp): (noun: string) => readonly string[] {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  const planted = (file: string): string | undefined => texts[relative(process.cwd(), resolve(file))];
  host.readFile = (file) => planted(file) ?? readFile(file);
  host.getSourceFile = (file, language, ...rest) => {
    const text = planted(file);
    return text === undefined ? getSourceFile(file, language, ...rest) : ts.createSourceFile(file, text, language);
  };
  const program = ts.createProgram(
    fileNames.filter((file) => checked.test(relative(process.cwd(), file))),
    options,
    host,
  );
  const found = program
    .getSourceFiles()
    .filter((source) => checked.test(relative(process.cwd(), source.fileName)))
    .map((source) => ({
      file: relative(process.cwd(), source.fileName),
      text: program
        .getSemanticDiagnostics(source)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
        .join("\n"),
    }));
  return (noun) => found.flatMap(({ file, text }) => (text.includes(memberOf(noun)) ? [file] : [])).sort();
}

const textOf = (file: string): string => readFileSync(file, "utf8");
function plantedTypes(file: string): string {
  return Object.entries(PLACES).reduce(
    (text, [noun, { type }]) =>
      text.replace(
        new RegExp(`export interface ${type}( extends \\w+)? \\{`),
        (start) => `${start}\n  readonly ${memberOf(noun)}: string | null;`,
      ),
    textOf(file),
  );
}

describe("a member that is added to a noun", () => {
  const inTypes = { [TYPES]: plantedTypes(TYPES), [KEYS]: plantedTypes(KEYS) };
  const inMembers = Object.keys(PLACES).reduce(
    (text, noun) =>
      text.replace(`\n  ${noun}: {\n`, (start) => `${start}    ${memberOf(noun)}: ["content", "text"],\n`),
    textOf(MEMBERS),
  );
  let typesOnly: (noun: string) => readonly string[];
  let listed: (noun: string) => readonly string[];
  before(() => {
    typesOnly = complaints(inTypes, /policy\/members\.ts$/);
    listed = complaints({ ...inTypes, [MEMBERS]: inMembers }, CHECKED);
  });

  for (const [noun, { places }] of Object.entries(PLACES)) {
    if (noun !== "apiKey")
      test(`does not compile until it is listed: ${noun}`, () => assert.ok(typesOnly(noun).includes(MEMBERS)));
    test(`does not compile until each place answers for it: ${noun}`, () =>
      assert.deepEqual(listed(noun), [...places].sort()));
  }
});
