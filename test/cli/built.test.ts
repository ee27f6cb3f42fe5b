import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { test } from "node:test";

const MAIN = "dist/cli/main.js";

test("what is built may be executed: npx sets the mode only where it makes its link", {
  skip: existsSync(MAIN) ? false : "nothing is built",
}, async () => {
  assert.equal((await stat(MAIN)).mode & 0o111, 0o111);
});
