import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";

const root = resolve();
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** The step of the build that compiles; what it writes into packages, another step, compiles nothing. */
const [compile] = (scripts.build ?? "").split(" && ");
const dir = mkdtempSync(join(tmpdir(), "scopewarden-build-"));
after(() => rmSync(dir, { recursive: true, force: true }));

/** The project's own way to compile, of two projects of one file; what it says of what it does. */
function build(): string {
  const { status, stdout } = spawnSync("npm", ["run", "build", "--", "--verbose"], { cwd: dir, encoding: "utf8" });
  assert.equal(status, 0, stdout);
  return stdout;
}

test("what is built already is not compiled again: not by `npm run demo` after `npm ci`, not by npx", () => {
  for (const name of ["src", "clients/node/src"]) mkdirSync(join(dir, name), { recursive: true });
  for (const name of ["tsconfig.json", "tsconfig.build.json", "clients/node/tsconfig.json"]) {
    copyFileSync(join(root, name), join(dir, name));
  }
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module", scripts: { build: compile } }));
  writeFileSync(join(dir, "clients", "node", "src", "one.ts"), "export const one: number = 1;\n");
  const file = join(dir, "src", "one.ts");
  writeFileSync(file, "export const one: number = 1;\n");

  assert.match(build(), /Building project/);
  const again = build();
  assert.match(again, /is up to date/);
  assert.doesNotMatch(again, /Building project/);
  writeFileSync(file, "export const one: number = 2;\n");
  assert.match(build(), /Building project/);
  assert.match(readFileSync(join(dir, "dist", "one.js"), "utf8"), /one = 2/);
});
