import assert from "node:assert/strict";
import { test } from "node:test";
import { type Files, runCheckStep } from "./planted.ts";

const innocent: Files = {
  "package.json": JSON.stringify({ name: "planted", type: "module" }),
  "console/package.json": JSON.stringify({ name: "planted-console", type: "module" }),
  "src/cli/main.ts":
    'import { used } from "../used.ts";\nimport { part } from "../tested.ts";\nconsole.log(used, part);',
  "src/used.ts": "interface Used {\n  readonly a: number;\n}\nexport const used: Used = { a: 1 };",
  "src/tested.ts": "export const part = 1;\nexport const forItsTest = 2;",
  "test/tested.test.ts": 'import { forItsTest } from "../src/tested.ts";\nconsole.log(forItsTest);',
};

test("nothing is found where every export is used, be it by a test alone", () => {
  const { status, output } = runCheckStep("knip", innocent, "--no-config-hints");
  assert.equal(status, 0, output);
});

test("an unused export, type, class or file fails the check", () => {
  const { status, output } = runCheckStep(
    "knip",
    {
      ...innocent,
      "src/used.ts": `${innocent["src/used.ts"]}
        export const plantedConst = 1;
        export function plantedFunction(): number {
          return plantedConst;
        }
        export class PlantedClass {}
        export interface PlantedType {
          readonly a: number;
        }`,
      "src/plantedFile.ts": "export const a = 1;",
      "test/plantedSupport.ts": "export const a = 1;",
    },
    "--no-config-hints",
  );
  assert.notEqual(status, 0);
  for (const name of [
    "plantedConst",
    "plantedFunction",
    "PlantedClass",
    "PlantedType",
    "src/plantedFile.ts",
    "test/plantedSupport.ts",
  ])
    assert.ok(output.includes(name), `${name} was not caught:\n${output}`);
});

test("what a file declares and never uses fails the check", () => {
  const { status, output } = runCheckStep("tsc", {
    "src/planted.ts": "export function a(plantedParameter: number): void {}\nconst plantedLocal = 1;",
  });
  assert.notEqual(status, 0);
  for (const name of ["plantedParameter", "plantedLocal"]) assert.ok(output.includes(name), output);
});
