import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
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
const LAW = "test/laws/members.test.ts SAMPLES";
const HISTORY = "src/graphql/changeSummary.ts WORDS";
const FILES = "src/domain/policy/files/policyShapes.ts SHAPES";
const put = (file: string, name: string): string => `src/domain/policy/internal/${file}.ts ${name}`;
const graphql = (file: string, name: string): string => `src/graphql/${file}.ts ${name}`;

/** Where the compiler asks for a member once it is in the type and in the list: files, and what in them. */
const PLACES: { readonly [N in Noun | "apiKey"]: { readonly type: string; readonly places: readonly string[] } } = {
  client: {
    type: "Client",
    places: [graphql("clients", "Client"), graphql("clients", "PutClient"), graphql("clients", "UpdateClient")],
  },
  scope: {
    type: "ScopeVersion",
    places: [graphql("scopeTypes", "Scope"), graphql("scopes", "PutScope"), graphql("scopes", "UpdateScope")],
  },
  role: {
    type: "Role",
    places: [graphql("roles", "Role"), graphql("roles", "PutRole"), graphql("roles", "UpdateRole")],
  },
  grant: {
    type: "Grant",
    places: [
      put("partyOperations", "grantScope"),
      graphql("grants", "Grant"),
      graphql("grants", "GrantScope"),
      "src/storage/monitoring/policyRowsThen.ts lookOf",
    ],
  },
  assignment: {
    type: "Assignment",
    places: [
      put("partyOperations", "assignRole"),
      put("partyOperations", "unassignRole"),
      graphql("assignments", "Assignment"),
      graphql("assignments", "AssignRole"),
    ],
  },
  rule: {
    type: "Rule",
    places: [
      "src/domain/policy/index/ruleTable.ts TERMS",
      "src/domain/policy/index/ruleTable.ts groupOf",
      "src/domain/policy/snapshot.ts sharingTexts",
      graphql("rules", "Rule"),
      graphql("rules", "PutRule"),
      graphql("rules", "UpdateRule"),
    ],
  },
  organization: {
    type: "Organization",
    places: [
      "src/domain/policy/organizations.ts UNSET",
      "src/domain/policy/organizations.ts LOOSER",
      "src/domain/policy/organizations.ts loosenedSettings",
      graphql("organizations", "SETTING_DOCS"),
      graphql("organizations", "OwnSettings"),
      graphql("organizations", "OrganizationSettings"),
    ],
  },
  apiKey: {
    type: "ApiKey",
    places: [
      "src/domain/callers/apiKeys.ts createApiKeys",
      graphql("apiKeys", "ApiKey"),
      "src/storage/callers/apiKeyTable.ts apiKeyColumns",
      "test/laws/members.test.ts test",
    ],
  },
};
/** What every noun of the policy has in common. */
/** What is said of an organization stands among its settings. */
const SETTINGS = "src/domain/policy/files/policyShapes.ts settings";
const COMMON = [FILES, HISTORY, LAW];

const memberOf = (noun: string): string => `stewardOf${noun}`;
const CHECKED = /^src\/(app\.ts|cli\/|graphql\/[^/]+$|domain\/(policy|callers)\/|storage\/)|^test\/laws\/members/;

/** Where in the checked files the compiler complains, naming the member of the noun, when files have these texts. */
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
    .map((source) => ({ source, file: relative(process.cwd(), source.fileName) }))
    .filter(({ file }) => checked.test(file))
    .flatMap(({ source, file }) =>
      program.getSemanticDiagnostics(source).map(({ messageText, start }) => ({
        place: `${file} ${nameAt(source, start ?? 0)}`,
        text: ts.flattenDiagnosticMessageText(messageText, "\n"),
      })),
    );
  return (noun) =>
    [...new Set(found.flatMap(({ place, text }) => (text.includes(memberOf(noun)) ? [place] : [])))].sort();
}

/** The name of what stands at the top of a file around a position. */
function nameAt(source: ts.SourceFile, position: number): string {
  const statement = source.statements.find(({ pos, end }) => pos <= position && position < end);
  if (statement === undefined) return "";
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0]?.name.getText(source) ?? "";
  if (ts.isExpressionStatement(statement)) return statement.expression.getFirstToken(source)?.getText(source) ?? "";
  return ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement) ? (statement.name?.text ?? "") : "";
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
      text.replace(`\n  ${noun}: {\n`, (start) => `${start}    ${memberOf(noun)}: ["content", "text", null],\n`),
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
      test(`does not compile until it is listed: ${noun}`, () =>
        assert.deepEqual(typesOnly(noun), [`${MEMBERS} MEMBERS`]));
    test(`does not compile until each place answers for it: ${noun}`, () =>
      assert.deepEqual(
        listed(noun),
        [
          ...places,
          ...(noun === "apiKey"
            ? []
            : COMMON.map((place) => (noun === "organization" && place === FILES ? SETTINGS : place))),
        ].sort(),
      ));
  }
});

describe("a member that is added to an act", () => {
  const FOLDER = "src/domain/record";
  const planted = Object.fromEntries(
    readdirSync(FOLDER)
      .filter((name) => /Act\.ts$/.test(name))
      .map((name) => {
        const text = textOf(`${FOLDER}/${name}`).replace(
          /export interface \w+Act( extends \w+)? \{/g,
          (start) => `${start}\n  readonly ${memberOf("act")}: string;`,
        );
        return [`${FOLDER}/${name}`, text];
      }),
  );
  test("does not compile until it is judged open or personal", () => {
    const rows = Object.values(planted).flatMap((text) => {
      const acts = [
        ...text.matchAll(new RegExp(`export interface (\\w+)Act[^{]*\\{\\n {2}readonly ${memberOf("act")}`, "g")),
      ];
      return acts.map(([, name = ""]) => `${name.charAt(0).toLowerCase()}${name.slice(1)}OnRecord`);
    });
    const asked = complaints(planted, /^src\/domain\/record\/[^/]*Act\.ts$/)("act").map((place) => place.split(" ")[1]);
    assert.ok(rows.length > 10);
    assert.deepEqual(asked.sort(), rows.sort());
  });
});
