import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runCheckStep } from "./planted.ts";

const innocent = {
  "src/domain/kernel/innocent.ts": "export const half = (n: number): number => Math.floor(n / 2);",
  "src/process/clock.ts": "export const now = (): number => Date.now() + Math.random();",
};

/** Each breaks the domain's purity, and is found by the step named. */
const planted: readonly (readonly [name: string, expression: string, step: "biome" | "tsc -p src/domain"])[] = [
  ["aClock", "Date.now()", "biome"],
  ["aNewDate", "new Date()", "biome"],
  ["aDateOfIntl", 'new Intl.DateTimeFormat("en").format()', "biome"],
  ["aGlobalClock", "globalThis.Date.now()", "biome"],
  ["aRandomNumber", "Math.random()", "biome"],
  ["aRandomFunction", "[1].map(Math.random)", "biome"],
  ["aTakenRandom", "(({ random }) => random())(Math)", "biome"],
  ["aTimer", "setTimeout(() => undefined, 1)", "tsc -p src/domain"],
  ["anInterval", "setInterval(() => undefined, 1)", "tsc -p src/domain"],
  ["anImmediate", "setImmediate(() => undefined)", "tsc -p src/domain"],
  ["aMicrotask", "queueMicrotask(() => undefined)", "tsc -p src/domain"],
  ["aStopwatch", "performance.now()", "tsc -p src/domain"],
  ["aProcess", "process.hrtime()", "tsc -p src/domain"],
  ["aUuid", "crypto.randomUUID()", "tsc -p src/domain"],
  ["aGlobalUuid", "globalThis.crypto.randomUUID()", "tsc -p src/domain"],
  ["aFetch", 'fetch("http://127.0.0.1")', "tsc -p src/domain"],
  ["aConsole", 'console.log("")', "tsc -p src/domain"],
];
const fileOf = (name: string): string => `src/domain/kernel/${name}.ts`;

describe("the domain's purity", () => {
  for (const step of ["biome", "tsc -p src/domain"] as const) {
    test(`${step} finds nothing where nothing is wrong`, () => {
      const { status, output } = runCheckStep(step, innocent);
      assert.equal(status, 0, output);
    });

    test(`${step} catches every planted violation`, () => {
      const mine = planted.filter(([, , by]) => by === step);
      const files = Object.fromEntries(
        mine.map(([name, text]) => [fileOf(name), `export const planted = () => ${text};`]),
      );
      const { status, output } = runCheckStep(
        step,
        { ...innocent, ...files },
        step === "biome" ? "--max-diagnostics=100" : "",
      );
      assert.notEqual(status, 0);
      for (const [name] of mine) assert.ok(output.includes(fileOf(name)), `${name} was not caught:\n${output}`);
      for (const file of Object.keys(innocent)) assert.ok(!output.includes(file), `${file} is innocent:\n${output}`);
    });
  }
});

test("a file's name is in camelCase", () => {
  const text = "export const a = 1;";
  const names = ["src/http/snake_case.ts", "src/http/kebab-case.ts", "src/http/PascalCase.ts", "src/http/anURL.ts"];
  const { status, output } = runCheckStep(
    "biome",
    Object.fromEntries([...names, "src/http/camelCase.ts"].map((name) => [name, text])),
  );
  assert.notEqual(status, 0);
  for (const name of names) assert.ok(output.includes(name), `${name} was not caught:\n${output}`);
  assert.ok(!output.includes("src/http/camelCase.ts"), output);
});
