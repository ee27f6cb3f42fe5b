import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Files, root, runCheckStep } from "./planted.ts";

const packageJson = readFileSync(join(root, "package.json"), "utf8");
const dependencies = Object.keys((JSON.parse(packageJson) as { dependencies: object }).dependencies);
const { forbidden } = createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs")) as {
  readonly forbidden: readonly { readonly name: string }[];
};

/** What a file must be caught at. */
interface Plant {
  readonly rule: string;
  readonly file: string;
  readonly text: string;
  /** What it must be caught importing; all that it imports, if it is not said. */
  readonly to?: string;
}
const plant = (rule: string, file: string, text: string, to?: string): Plant => ({
  rule,
  file,
  text,
  ...(to !== undefined && { to }),
});

// The order of rooms is read from ARCHITECTURE.md, so that it and the rule are one.
const architecture = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const FOLDERS = [
  { called: "domain", folder: "src/domain", prefix: "" },
  { called: "storage", folder: "src/storage", prefix: "storage-" },
  { called: "console", folder: "console/src", prefix: "console-" },
].map((one) => {
  const line = new RegExp(`^ {4}${one.called}: (.*)$`, "m").exec(architecture)?.[1] ?? "";
  return { ...one, rooms: line.split(" -> ") };
});

/** Each room imports each to its right; a room that is not listed; a room that imports the composition. */
const inRooms = FOLDERS.flatMap(({ folder, prefix, rooms }): readonly Plant[] => [
  ...rooms.slice(0, -1).flatMap((room, i) => {
    const later = rooms.slice(i + 1);
    const text = later.map((right) => `import "../${right}/real.ts";`).join("\n");
    const file = `${folder}/${room}/plantedOrder.ts`;
    return later.map((right) => plant(`${prefix}order-${room}`, file, text, `${folder}/${right}/real.ts`));
  }),
  plant(`${prefix}rooms-are-listed`, `${folder}/lobby/planted.ts`, `import "../${rooms[0]}/real.ts";`),
  plant(`${prefix}rooms-are-listed-to-their-users`, `${folder}/plantedUser.ts`, 'import "./lobby/planted.ts";'),
  plant(
    `${prefix}rooms-do-not-see-the-composition`,
    `${folder}/${rooms.at(-1)}/plantedRoot.ts`,
    'import "../composed.ts";',
  ),
]);

// The parts of src; what stands in one order is imported by nothing to its right.
const SHELL = ["main.ts", "cli/real.ts", "settings.ts", "app.ts", "jobs/real.ts", "http/real.ts", "config.ts"];
const ADAPTERS = ["engine", "storage", "graphql", "authzen", "yaml"];
const SHARED = ["doors", "process"];

const imports = (files: readonly string[], up: string) => files.map((file) => `import "${up}${file}";`).join("\n");
const inParts: readonly Plant[] = [
  ...SHELL.slice(1).flatMap((part, i) => {
    const text = imports(SHELL.slice(0, i + 1), part.includes("/") ? "../" : "./");
    const file = part.includes("/") ? `src/${part.replace("real", "plantedOrder")}` : `src/${part}`;
    const name = `order-${part.replace(/\W.*/, "")}`;
    return SHELL.slice(0, i + 1).map((left) => plant(name, file, text, `src/${left}`));
  }),
  ...ADAPTERS.flatMap((adapter) => {
    const others = [
      ...ADAPTERS.filter((other) => other !== adapter).map((other) => `${other}/real.ts`),
      ...SHELL.filter((file) => file !== "main.ts"),
    ];
    const file = `src/${adapter}/plantedOutside.ts`;
    return others.map((other) => plant("adapters-see-what-is-below", file, imports(others, "../"), `src/${other}`));
  }),
];

const planted: readonly Plant[] = [
  ...inRooms,
  ...inParts,
  plant(
    "order-policy",
    "src/domain/policy/plantedType.ts",
    'import type { X } from "../decisions/real.ts";\nexport type Y = X;',
  ),
  plant("domain-is-pure", "src/domain/decisions/plantedNode.ts", 'import "node:fs";'),
  plant("domain-is-pure", "src/domain/decisions/plantedNpm.ts", 'import "yaml";'),
  plant("domain-is-pure", "src/domain/decisions/plantedEngine.ts", 'import "../../engine/real.ts";'),
  plant("parts-are-listed", "src/http/plantedPart.ts", 'import "../lobby/real.ts";'),
  plant("two-ways-in", "src/main.ts", 'import "./cli/real.ts";'),
  plant("http-knows-no-environment", "src/http/plantedConfig.ts", 'import "../config.ts";'),
  // It is planted above, where it imports the whole shell.
  plant("config-sees-only-the-domain", "src/config.ts", imports(SHELL.slice(0, -1), "./"), "src/http/real.ts"),
  plant("doors-see-what-is-below", "src/doors/planted.ts", 'import "../http/real.ts";'),
  plant("process-sees-only-the-domain", "src/process/planted.ts", 'import "../doors/real.ts";'),
  plant("http-asks-graphql-at-its-door", "src/http/plantedGraphql.ts", 'import "../graphql/real.ts";'),
  plant("internal-is-private", "src/domain/decisions/plantedInternal.ts", 'import "../policy/internal/secret.ts";'),
  plant("internal-is-private-to-rooms", "src/http/plantedInternal.ts", 'import "../domain/policy/internal/secret.ts";'),
  plant(
    "the-index-is-private-to-policy",
    "src/engine/plantedIndex.ts",
    'import type { X } from "../domain/policy/index/ruleTable.ts";\nexport type Y = X;',
  ),
  plant(
    "stages-are-private-to-decisions",
    "src/domain/simulation/plantedStage.ts",
    'import "../decisions/stages/real.ts";',
  ),
  plant("no-barrels", "src/http/plantedBarrel.ts", 'import "./barrel/index.ts";'),
  ...["worker_threads", "cluster", "child_process", "vm"].flatMap((name) => [
    plant("no-workers", `src/process/planted_${name}.ts`, `import "${name}";`),
    plant("no-workers", `src/http/planted_${name}.ts`, `import "node:${name}";`),
  ]),
  // What doors share is the home of no library.
  ...dependencies.map((library) => {
    const isHome = `${library.replace(/\W/g, "")}-lives-in-`;
    const rule = forbidden.find(({ name }) => name.startsWith(isHome))?.name ?? isHome;
    return plant(rule, `src/doors/uses${library.replace(/\W/g, "")}.ts`, `import "${library}";`);
  }),
  plant("casbin-lives-in-engine-casbin-ts", "src/engine/plantedCasbin.ts", 'import "casbin";'),
  plant("apolloserver-lives-in-graphql-door", "src/graphql/plantedApollo.ts", 'import "@apollo/server";'),
  plant("only-dependencies", "src/http/plantedBrought.ts", 'import "ajv";'),
  plant("only-dependencies", "src/http/plantedTool.ts", 'import "fast-check";'),
  plant("src-does-not-know-tests", "src/http/plantedTest.ts", 'import "../../test/real.ts";'),
  plant("src-does-not-know-tests", "src/http/plantedConsole.ts", 'import "../../console/src/ui/real.ts";'),
  plant(
    "console-speaks-graphql-only",
    "console/src/ui/plantedServer.ts",
    'import "../../../src/domain/kernel/real.ts";',
  ),
  plant(
    "console-speaks-graphql-only",
    "console/src/plantedType.ts",
    'import type { X } from "../../src/domain/kernel/real.ts";\nexport type Y = X;',
  ),
  plant("console-speaks-graphql-only", "console/src/plantedNpm.ts", 'import "graphql";'),
  plant("console-speaks-graphql-only", "console/src/plantedNode.ts", 'import "node:fs";'),
  plant("clients-stand-alone", "clients/node/src/plantedServer.ts", 'import "../../../src/domain/kernel/real.ts";'),
  plant("clients-stand-alone", "clients/node/src/plantedNode.ts", 'import "node:fs";'),
  plant("src-does-not-know-tests", "src/http/plantedClient.ts", 'import "../../clients/node/src/real.ts";'),
  plant("console-groups-are-apart", "console/src/pages/ask/planted.ts", 'import "../watch/real.ts";'),
  plant("not-to-unresolvable", "src/http/plantedMissing.ts", 'import "./not-there.ts";'),
  plant("not-to-unresolvable", "console/src/ui/plantedMissing.ts", 'import "./not-there.ts";'),
  plant("no-cycles", "src/storage/plantedCycleA.ts", 'import "./plantedCycleB.ts";'),
  plant("no-cycles", "src/storage/plantedCycleB.ts", 'import type {} from "./plantedCycleA.ts";'),
  plant("no-cycles", "console/src/ui/plantedCycleA.tsx", 'import type {} from "./plantedCycleB.tsx";'),
  plant("no-cycles", "console/src/ui/plantedCycleB.tsx", 'import "./plantedCycleA.tsx";'),
];

/** Files that break no rule, beside those that do: each room and part imports all that it may. */
const innocent: Files = Object.fromEntries([
  ...[
    "src/domain/composed.ts",
    "src/domain/policy/internal/secret.ts",
    "src/domain/policy/index/ruleTable.ts",
    "src/domain/decisions/stages/real.ts",
    "src/storage/composed.ts",
    "console/src/composed.ts",
    "console/src/pages/watch/real.ts",
    "clients/node/src/real.ts",
    "guard/src/real.ts",
    ...SHELL.filter((file) => file.includes("/")).map((file) => `src/${file}`),
    ...[...ADAPTERS, ...SHARED].map((part) => `src/${part}/real.ts`),
    "src/graphql/door/real.ts",
    "src/lobby/real.ts",
    "src/http/barrel/index.ts",
    "test/real.ts",
  ].map((file) => [file, "export type X = 1;\nexport const a = 1;"]),
  ...FOLDERS.flatMap(({ folder, rooms }) =>
    rooms.map((room, i) => [
      `${folder}/${room}/real.ts`,
      `${rooms
        .slice(0, i)
        .map((left) => `import "../${left}/real.ts";\n`)
        .join("")}export type X = 1;\nexport const a = 1;`,
    ]),
  ),
  ...ADAPTERS.map((part) => [
    `src/${part}/below.ts`,
    'import "../doors/real.ts";\nimport "../process/real.ts";\nimport "../domain/kernel/real.ts";',
  ]),
  ["src/http/asks.ts", 'import "../graphql/door/real.ts";\nimport "fastify";'],
  ["src/domain/decisions/runs.ts", 'import "./stages/real.ts";\nimport "../consent/real.ts";'],
]);

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
  readonly cycle?: readonly { readonly name: string }[];
}

// That it holds for the code as it is, `npm run check` says.
describe("the import rule", () => {
  test("catches every planted violation, and has none without one", () => {
    const files = { ...innocent, ...Object.fromEntries(planted.map(({ file, text }) => [file, text])) };
    const { output } = runCheckStep("depcruise", files, "--output-type json");
    const { violations } = (JSON.parse(output) as { summary: { violations: readonly Violation[] } }).summary;
    const texts = violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).join("\n");
    for (const { rule, file, to } of planted)
      assert.ok(
        violations.some(
          (v) =>
            v.rule.name === rule &&
            (v.from === file || v.cycle?.some(({ name }) => name === file)) &&
            (to === undefined || v.to === to),
        ),
        `${rule} did not catch ${file}${to === undefined ? "" : ` importing ${to}`}; found:\n${texts}`,
      );
    for (const file of Object.keys(innocent))
      assert.ok(!violations.some(({ from }) => from === file), `${file} is innocent:\n${texts}`);
    const names = new Set(planted.map(({ rule }) => rule));
    assert.deepEqual(
      forbidden.map(({ name }) => name).filter((name) => !names.has(name)),
      [],
      "these rules of .dependency-cruiser.cjs have no planted violation",
    );
  });

  test("has a planted violation for each room and part that there is", () => {
    const foldersOf = (path: string) =>
      readdirSync(join(root, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    for (const { called, folder, rooms } of FOLDERS) {
      // Nothing printed is committed.
      const found = new Set([...foldersOf(folder), ...(called === "console" ? ["generated"] : [])]);
      assert.deepEqual([...rooms].sort(), [...found].sort(), `the rooms of ${folder} in ARCHITECTURE.md`);
    }
    const parts = [...SHELL, ...ADAPTERS, ...SHARED].map((part) => part.replace("/real.ts", ""));
    const found = [...foldersOf("src"), ...readdirSync(join(root, "src")).filter((name) => name.endsWith(".ts"))];
    assert.deepEqual([...parts, "domain"].sort(), found.sort());
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
