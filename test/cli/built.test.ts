import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { test } from "node:test";

const MAIN = "dist/cli/main.js";

test("what is built may be executed: npx sets the mode only where it makes its link", {
  skip: existsSync(MAIN) ? false : "nothing is built",
}, async () => {
  assert.equal((await stat(MAIN)).mode & 0o111, 0o111);
});

test("the packed file brings each package that it uses but the one that is compiled for the machine", async () => {
  const { dependencies, bundleDependencies } = JSON.parse(await readFile("package.json", "utf8"));
  assert.deepEqual(
    bundleDependencies,
    Object.keys(dependencies).filter((name) => name !== "sqlite3"),
  );
});
