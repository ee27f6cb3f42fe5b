import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { AUTHZEN_STATUS } from "../../src/authzen/refused.ts";
import { readIncidents } from "../../src/cli/demoIncidents.ts";
import { CLIENT_VARIABLES, VARIABLES } from "../../src/config.ts";
import { PERMISSIONS } from "../../src/domain/callers/permissions.ts";
import { CALLER_ROLES } from "../../src/domain/callers/types.ts";
import { REASON_DOCS } from "../../src/domain/decisions/reasonDocs.ts";
import { REASON_CODES } from "../../src/domain/decisions/reasonText.ts";
import { activeDetectors } from "../../src/domain/monitoring/detectors/detectorSetting.ts";
import { DETECTORS } from "../../src/domain/monitoring/detectors/detectors.ts";
import { HTTP_STATUS } from "../../src/doors/status.ts";
import { responseStatus } from "../../src/graphql/door/apolloPlugin.ts";
import { APOLLO_STATUS } from "../../src/graphql/door/wireErrors.ts";
import { reasonCodesPage } from "../../tools/docs/reasonCodesPage.ts";
import { settingsPage } from "../../tools/docs/settingsPage.ts";

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "seeds/README.md",
  ...["docs", "examples"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((n) => n.endsWith(".md"))
      .map((n) => `${folder}/${n}`),
  ),
];
const read = (path: string): string => readFileSync(path, "utf8");
/** A name as it stands by itself; it may be no word, as `*` is none. */
const wholeWord = (name: string): RegExp => new RegExp(`(?<!\\w)${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?!\\w)`);
const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;

describe("the docs", () => {
  for (const page of pages) {
    test(`${page} names files of the project that exist`, () => {
      for (const [, path = ""] of read(page).matchAll(
        /`((?:src|test|docs|bench|seeds|playground|examples)\/[\w./-]+)`/g,
      ))
        assert.ok(existsSync(path), `${page} names ${path}`);
    });

    test(`${page} names npm scripts that exist`, () => {
      for (const [, script = ""] of read(page).matchAll(/npm run ([a-z]+)/g))
        assert.ok(script in scripts, `npm run ${script}`);
    });
  }

  test("each choice is listed, and says what, why, what was measured, and when to delete it", () => {
    const list = read("docs/choices/README.md");
    for (const name of readdirSync("docs/choices").filter((n) => n !== "README.md")) {
      assert.ok(list.includes(`](${name})`), `${name} is not listed`);
      for (const word of ["**What.**", "**Why.**", "**Measured.**", "**Delete it when**"])
        assert.ok(read(`docs/choices/${name}`).includes(word), `${name} has no ${word}`);
    }
  });

  test("monitoring.md says how the detectors of the demo and of a fresh installation are set", async () => {
    const { detectors } = await readIncidents();
    const on = new Set(detectors.map(({ detector }) => detector));
    const lower = detectors.filter(({ alertAt }) => alertAt !== undefined).map(({ alertAt }) => alertAt ?? 0);
    const shadow = DETECTORS.filter(({ code }) => !on.has(code)).map(({ code }) => `\`${code}\``);
    const fresh = activeDetectors(DETECTORS, []);
    assert.ok(fresh.every(({ alertAt, mode }) => mode === "SHADOW" && alertAt === 100));
    const [least, most] = [Math.min(...lower), Math.max(...lower)];
    assert.equal(lower.length, 6);
    const text = read("docs/monitoring.md");
    for (const row of [
      `| a fresh installation | none | all ${fresh.length} | 100, once`,
      `| the demo | ${on.size} | ${shadow.length}: ${shadow.join(", ")} | ${least} to ${most} for six of`,
    ])
      assert.ok(text.includes(row), row);
  });

  test("settings.md is what is generated, and has every variable", () => {
    const text = read("docs/settings.md");
    assert.equal(text, settingsPage(), "run `npm run schema`");
    for (const { name } of VARIABLES) assert.ok(text.includes(`| \`${name}\` |`), name);
  });

  test("every SCOPEWARDEN_ variable that a page names is one", () => {
    const known = new Set([...VARIABLES.map((v) => v.name), ...CLIENT_VARIABLES]);
    for (const page of pages)
      for (const [name] of read(page).matchAll(/SCOPEWARDEN_[A-Z_]*[A-Z]/g))
        assert.ok(known.has(name), `${page}: ${name}`);
  });

  test("graphql.md lists every error code with its status, and authzen.md every status", () => {
    const section = read("docs/graphql.md").split("## Errors")[1] ?? "";
    const rows = [...section.matchAll(/^\| (`[A-Z_`, ]+`) \| ([^|]+) \|/gm)].flatMap(([, codes = "", status = ""]) =>
      [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code = ""]) => [code, status] as const),
    );
    const statuses = { ...HTTP_STATUS, ...APOLLO_STATUS };
    assert.deepEqual(rows.map(([code]) => code).sort(), Object.keys(statuses).sort());
    for (const [code, documented] of rows) {
      const status =
        responseStatus([code], { executed: true }) ?? (APOLLO_STATUS as Record<string, number>)[code] ?? 200;
      assert.ok(documented.startsWith(String(status)), `${code}: ${status}, not ${documented}`);
    }
    const authzen = [...read("docs/authzen.md").matchAll(/^\| (\d{3}(?:, \d{3})*) \|/gm)].flatMap(([, row = ""]) =>
      row.split(", ").map(Number),
    );
    for (const status of Object.values(AUTHZEN_STATUS)) assert.ok(authzen.includes(status), String(status));
  });

  test("decisions.md explains every reason code", () => {
    const text = read("docs/decisions.md");
    for (const code of REASON_CODES) if (code !== "ALLOWED_BY_RULE") assert.ok(text.includes(`\`${code}\``), code);
  });

  test("reason-codes.md is what is generated, and names nothing that the API does not have", () => {
    assert.equal(read("docs/reason-codes.md"), reasonCodesPage(), "run `npm run schema`");
    assert.deepEqual(Object.keys(REASON_DOCS).sort(), [...REASON_CODES].sort());
    const schema = read("schema.graphql");
    for (const [code, { cause, remedy, example, meaning }] of Object.entries(REASON_DOCS)) {
      assert.equal(example.code, code);
      assert.ok(schema.includes(meaning), `${code}: the schema says another meaning`);
      for (const [, name = ""] of `${cause} ${remedy}`.matchAll(/`([^`]+)`/g))
        assert.ok(/^(has\(\)|client_id)$/.test(name) || wholeWord(name).test(schema), `${code}: ${name}`);
    }
  });

  test("graphql.md has a row for every caller role, and every root field has a permission", () => {
    const text = read("docs/graphql.md");
    for (const role of CALLER_ROLES) assert.match(text, new RegExp(`^\\| \`${role}\` \\|`, "m"));
    assert.ok(Object.keys(PERMISSIONS).length > 30);
  });

  test("nothing is said to be possible for a role for which there is no field", () => {
    const fields = Object.keys(PERMISSIONS).join(" ");
    const roles = /^enum CallerRole \{.*?^\}/ms.exec(read("schema.graphql"))?.[0] ?? "";
    const demo = read("src/cli/demoCommand.ts");
    const readme = read("README.md").split("##")[0] ?? "";
    assert.match(roles, /REVIEWER/);
    for (const [promise, field] of [
      [/simulat|tries? .*out/i, /simulate/],
      [/\bproofs?\b/i, /proof/i],
      [/\bcompar/i, /comparePolicy/],
    ] as const)
      for (const text of [roles, demo, readme]) assert.ok(!promise.test(text) || field.test(fields), String(promise));
  });

  test("the README asks what its example to copy asks, and links it", () => {
    const readme = read("README.md");
    const asked = (text: string) => /mutation \(\$input: AuthorizeInput!\) \{[^`]*/.exec(text)?.[0].trim();
    assert.ok(asked(readme) !== undefined);
    assert.equal(asked(readme), asked(read("examples/resource-server/scopewarden.ts")));
    assert.match(readme, /\]\(examples\/resource-server\/README\.md#what-to-copy\)/);
  });

  test("the commands of the README are what the pipeline runs", () => {
    const pipeline = read(".ci/run");
    const commands = [...read("README.md").matchAll(/^npm [^\n]+$/gm)].map(([line]) => line);
    assert.ok(commands.includes("npm run check && npm test"));
    assert.match(pipeline, /^npm ci\nnpm run check && npm test && npm run test:long$/m);
  });
});
