import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";

const root = resolve(import.meta.dirname, "../..");
const depcruise = join(root, "node_modules/.bin/depcruise");
interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

/** Each file breaks one rule, which must catch it. */
const planted: readonly (readonly [file: string, text: string, rule: string])[] = [
  ["src/domain/kernel/planted.ts", 'import "../decisions/real.ts";', "order-kernel"],
  [
    "src/domain/policy/planted.ts",
    'import type { X } from "../decisions/real.ts";\nexport type Y = X;',
    "order-policy",
  ],
  ["src/domain/lobby/planted.ts", 'import "../kernel/real.ts";', "rooms-are-listed"],
  ["src/app.ts", 'import "./domain/lobby/planted.ts";', "rooms-are-listed-to-their-users"],
  ["src/domain/decisions/plantedNode.ts", 'import "node:fs";', "domain-is-pure"],
  ["src/domain/decisions/plantedNpm.ts", 'import "yaml";', "domain-is-pure"],
  ["src/domain/decisions/plantedEngine.ts", 'import "../../engine/real.ts";', "domain-is-pure"],
  ["src/domain/decisions/plantedRoot.ts", 'import "../domain.ts";', "rooms-do-not-see-the-composition"],
  ["src/graphql/planted.ts", 'import "../storage/real.ts";', "adapters-see-what-is-below"],
  ["src/engine/plantedShell.ts", 'import "../http/real.ts";', "adapters-see-what-is-below"],
  ["src/doors/planted.ts", 'import "../http/real.ts";', "doors-see-what-is-below"],
  ["src/process/planted.ts", 'import "../doors/real.ts";', "process-sees-only-the-domain"],
  ["src/domain/decisions/plantedInternal.ts", 'import "../policy/internal/secret.ts";', "internal-is-private"],
  ["src/http/plantedInternal.ts", 'import "../domain/policy/internal/secret.ts";', "internal-is-private-to-rooms"],
  [
    "src/engine/plantedIndex.ts",
    'import type { X } from "../domain/policy/index/ruleTable.ts";\nexport type Y = X;',
    "the-index-is-private-to-policy",
  ],
  ["src/http/index.ts", "export const a = 1;", "no-barrels"],
  ["src/http/plantedBarrel.ts", 'import "./index.ts";', "no-barrels"],
  ["src/http/plantedCasbin.ts", 'import "casbin";', "casbin-lives-in-engine"],
  ["src/http/plantedTypeorm.ts", 'import "typeorm";', "typeorm-lives-in-storage"],
  ["src/engine/plantedJose.ts", 'import "jose";', "jose-lives-in-http"],
  ["src/http/plantedTest.ts", 'import "../../test/real.ts";', "src-does-not-know-tests"],
  ["src/http/plantedMissing.ts", 'import "./not-there.ts";', "not-to-unresolvable"],
  ["src/storage/plantedCycleA.ts", 'import "./plantedCycleB.ts";', "no-cycles"],
  ["src/storage/plantedCycleB.ts", 'import type {} from "./plantedCycleA.ts";', "no-cycles"],
];
const innocent = [
  "src/domain/decisions/real.ts",
  "src/domain/kernel/real.ts",
  "src/doors/real.ts",
  "src/engine/real.ts",
  "src/storage/real.ts",
  "src/http/real.ts",
  "src/domain/domain.ts",
  "src/domain/policy/internal/secret.ts",
  "src/domain/policy/index/ruleTable.ts",
  "test/real.ts",
];

describe("the import rule", () => {
  test("holds for the code as it is", () => {
    const found = spawnSync(depcruise, ["--config", ".dependency-cruiser.cjs", "src"], { cwd: root, encoding: "utf8" });
    assert.equal(found.status, 0, found.stdout);
  });

  test("catches every planted violation", () => {
    const folder = mkdtempSync(join(tmpdir(), "planted-"));
    try {
      for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"])
        cpSync(join(root, file), join(folder, file));
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
      for (const [file, text] of [
        ...innocent.map((name) => [name, "export type X = 1;\nexport const a = 1;"] as const),
        ...planted,
      ]) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), `${text}\n`);
      }
      const out = spawnSync(depcruise, ["--config", ".dependency-cruiser.cjs", "--output-type", "json", "src"], {
        cwd: folder,
        encoding: "utf8",
        maxBuffer: 1 << 26,
      });
      const violations = (JSON.parse(out.stdout) as { summary: { violations: Violation[] } }).summary.violations.map(
        (v) => `${v.rule.name} ${v.from}`,
      );
      for (const [file, , rule] of planted) {
        if (file.endsWith("index.ts") || file.endsWith("plantedCycleB.ts")) continue;
        assert.ok(
          violations.includes(`${rule} ${file}`),
          `${rule} did not catch ${file}; found:\n${violations.join("\n")}`,
        );
      }
      for (const file of innocent)
        assert.ok(!violations.some((v) => v.endsWith(` ${file}`)), `${file} is innocent: ${violations.join("\n")}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
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
