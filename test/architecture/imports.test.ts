import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Files, root, runCheckStep } from "./planted.ts";

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

const rooms = [
  "kernel",
  "scopes",
  "policy",
  "callers",
  "consent",
  "decisions",
  "record",
  "audit",
  "simulation",
  "monitoring",
];
const packageJson = readFileSync(join(root, "package.json"), "utf8");
const dependencies = Object.keys((JSON.parse(packageJson) as { dependencies: object }).dependencies);

/** Each file breaks one rule, which must catch it. */
const planted: readonly (readonly [file: string, text: string, rule: string])[] = [
  ...rooms.flatMap((room, i) =>
    rooms
      .slice(i + 1)
      .map((later) => [`src/domain/${room}/${later}.ts`, `import "../${later}/real.ts";`, `order-${room}`] as const),
  ),
  [
    "src/domain/policy/plantedType.ts",
    'import type { X } from "../decisions/real.ts";\nexport type Y = X;',
    "order-policy",
  ],
  ["src/domain/lobby/planted.ts", 'import "../kernel/real.ts";', "rooms-are-listed"],
  ["src/app.ts", 'import "./domain/lobby/planted.ts";\nimport "./cli/main.ts";', "rooms-are-listed-to-their-users"],
  ["src/domain/decisions/plantedNode.ts", 'import "node:fs";', "domain-is-pure"],
  ["src/domain/decisions/plantedNpm.ts", 'import "yaml";', "domain-is-pure"],
  ["src/domain/decisions/plantedEngine.ts", 'import "../../engine/real.ts";', "domain-is-pure"],
  ["src/domain/decisions/plantedRoot.ts", 'import "../domain.ts";', "rooms-do-not-see-the-composition"],
  ["src/lobby/planted.ts", "export const a = 1;", "parts-are-listed"],
  ["src/main.ts", 'import "./lobby/planted.ts";\nimport "./cli/main.ts";', "parts-are-listed"],
  ["src/main.ts", 'import "./lobby/planted.ts";\nimport "./cli/main.ts";', "two-ways-in"],
  ["src/cli/planted.ts", 'import "../main.ts";', "order-cli"],
  ["src/app.ts", 'import "./domain/lobby/planted.ts";\nimport "./cli/main.ts";', "order-app"],
  ["src/http/plantedApp.ts", 'import "../app.ts";', "order-http"],
  ["src/http/plantedConfig.ts", 'import "../config.ts";', "http-knows-no-environment"],
  ["src/config.ts", 'import "./http/real.ts";\nimport "./process/real.ts";', "order-config"],
  ["src/config.ts", 'import "./http/real.ts";\nimport "./process/real.ts";', "config-sees-only-the-domain"],
  ["src/graphql/planted.ts", 'import "../storage/real.ts";', "adapters-see-what-is-below"],
  ["src/authzen/planted.ts", 'import "../graphql/real.ts";', "adapters-see-what-is-below"],
  ["src/storage/planted.ts", 'import "../engine/real.ts";', "adapters-see-what-is-below"],
  ["src/engine/plantedShell.ts", 'import "../http/real.ts";', "adapters-see-what-is-below"],
  ["src/storage/database/planted.ts", 'import "../journal/real.ts";', "order-storage-database"],
  ["src/storage/journal/planted.ts", 'import "../policy/real.ts";', "order-storage-journal"],
  ["src/storage/callers/planted.ts", 'import "../policy/real.ts";', "order-storage-rooms"],
  ["src/doors/planted.ts", 'import "../http/real.ts";', "doors-see-what-is-below"],
  ["src/process/planted.ts", 'import "../doors/real.ts";', "process-sees-only-the-domain"],
  ["src/http/plantedGraphql.ts", 'import "../graphql/real.ts";', "http-asks-graphql-at-its-door"],
  ["src/domain/decisions/plantedInternal.ts", 'import "../policy/internal/secret.ts";', "internal-is-private"],
  ["src/http/plantedInternal.ts", 'import "../domain/policy/internal/secret.ts";', "internal-is-private-to-rooms"],
  [
    "src/engine/plantedIndex.ts",
    'import type { X } from "../domain/policy/index/ruleTable.ts";\nexport type Y = X;',
    "the-index-is-private-to-policy",
  ],
  ["src/domain/simulation/plantedStage.ts", 'import "../decisions/stages/real.ts";', "stages-are-private-to-decisions"],
  ["src/http/index.ts", "export const a = 1;", "no-barrels"],
  ["src/http/plantedBarrel.ts", 'import "./index.ts";', "no-barrels"],
  ["src/http/plantedWorker.ts", 'import "node:worker_threads";', "no-workers"],
  ["src/process/plantedChild.ts", 'import "child_process";', "no-workers"],
  // What doors share is the home of no library.
  ...dependencies.map(
    (library) =>
      [
        `src/doors/uses${library.replace(/\W/g, "")}.ts`,
        `import "${library}";`,
        `${library.replace(/\W/g, "")}-lives-in-`,
      ] as const,
  ),
  ["src/engine/plantedCasbin.ts", 'import "casbin";', "casbin-lives-in-engine-casbin-ts"],
  ["src/graphql/plantedApollo.ts", 'import "@apollo/server";', "apolloserver-lives-in-graphql-door"],
  ["src/http/plantedBrought.ts", 'import "ajv";', "only-dependencies"],
  ["src/http/plantedTool.ts", 'import "fast-check";', "only-dependencies"],
  ["src/http/plantedTest.ts", 'import "../../test/real.ts";', "src-does-not-know-tests"],
  ["src/http/plantedMissing.ts", 'import "./not-there.ts";', "not-to-unresolvable"],
  ["src/storage/plantedCycleA.ts", 'import "./plantedCycleB.ts";', "no-cycles"],
  ["src/storage/plantedCycleB.ts", 'import type {} from "./plantedCycleA.ts";', "no-cycles"],
];
/** Files that break no rule, beside those that do. */
const innocent: Files = Object.fromEntries([
  ...[
    ...rooms.map((room) => `src/domain/${room}/real.ts`),
    "src/domain/domain.ts",
    "src/domain/policy/internal/secret.ts",
    "src/domain/policy/index/ruleTable.ts",
    "src/domain/decisions/stages/real.ts",
    ...[
      "doors",
      "engine",
      "storage",
      "storage/journal",
      "storage/policy",
      "graphql",
      "graphql/door",
      "http",
      "process",
    ].map((part) => `src/${part}/real.ts`),
    "src/cli/main.ts",
    "test/real.ts",
  ].map((file) => [file, "export type X = 1;\nexport const a = 1;"]),
  ["src/http/asks.ts", 'import "../graphql/door/real.ts";\nimport "fastify";'],
  ["src/domain/decisions/runs.ts", 'import "./stages/real.ts";\nimport "../consent/real.ts";'],
]);

// That it holds for the code as it is, `npm run check` says.
describe("the import rule", () => {
  test("catches every planted violation", () => {
    const files = { ...innocent, ...Object.fromEntries(planted) };
    const { output } = runCheckStep("depcruise", files, "--output-type json");
    const violations = (JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations.map(
      (v) => `${v.rule.name} ${v.from}`,
    );
    for (const [file, , rule] of planted) {
      // A part or a barrel that imports nothing, and one side of a cycle, are named by who imports them.
      if (["src/http/index.ts", "src/lobby/planted.ts", "src/storage/plantedCycleB.ts"].includes(file)) continue;
      assert.ok(
        violations.some((v) => v.startsWith(rule) && v.endsWith(` ${file}`)),
        `${rule} did not catch ${file}; found:\n${violations.join("\n")}`,
      );
    }
    for (const file of Object.keys(innocent))
      assert.ok(!violations.some((v) => v.endsWith(` ${file}`)), `${file} is innocent: ${violations.join("\n")}`);
  });

  test("wants one home for each dependency, and none for what is no dependency", () => {
    const changed = (change: (names: Record<string, string>) => void): string => {
      const json = JSON.parse(packageJson) as { dependencies: Record<string, string> };
      change(json.dependencies);
      const { status, output } = runCheckStep("depcruise", { ...innocent, "package.json": JSON.stringify(json) });
      assert.notEqual(status, 0);
      return output;
    };
    assert.match(
      changed((names) => {
        names["left-pad"] = "1.0.0";
      }),
      /no home in .*: left-pad/,
    );
    assert.match(
      changed((names) => {
        delete names.jose;
      }),
      /no dependency: jose/,
    );
  });
});

/** The files of `src` that contain a text. */
function filesWith(text: string): string[] {
  const files = execFileSync("git", ["ls-files", "src"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((f) => f.endsWith(".ts"));
  return files.filter((file) => readFileSync(join(root, file), "utf8").includes(text));
}

test("process.env is read in src/config.ts alone", () => {
  assert.deepEqual(
    filesWith("process.env").filter((file) => file !== "src/config.ts"),
    [],
  );
});

test("a snapshot's index of rules is read in src/domain/policy alone", () => {
  const readers = filesWith("ruleIndex");
  assert.ok(readers.includes("src/domain/policy/findRules.ts"));
  assert.deepEqual(
    readers.filter((file) => !file.startsWith("src/domain/policy/")),
    [],
  );
});
