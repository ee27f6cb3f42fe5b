import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { argumentsOf } from "../support/program.ts";

const root = resolve();
/** Tests that start the service, as one process, as a command, as the demo, on SQLite and PostgreSQL, killed and stopped. */
const files = [
  "test/cli/demo.test.ts",
  "test/durability/kill.test.ts",
  "test/http/hospital.test.ts",
  "test/http/shutdown.test.ts",
  "test/storage/journal.test.ts",
];
const brought = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
const node24 = join(root, `tools/programs/node/node_modules/node24-linux-${process.arch}/bin/node`);

describe("on Node 24", { skip: brought ? false : "npm has it for Linux on x64 and arm64 only" }, () => {
  test("it is there, as `npm ci` brings it", () => {
    assert.ok(existsSync(node24), `no ${node24}: node tools/programs/install.mjs node`);
    assert.match(spawnSync(node24, ["--version"], { encoding: "utf8" }).stdout, /^v24\./);
  });

  test("what is there is not fetched again", () => {
    // Where nothing is on the PATH there is no npm to fetch it.
    const { status, stderr } = spawnSync(process.execPath, ["tools/programs/install.mjs", "node"], {
      cwd: root,
      env: { PATH: "/nowhere" },
    });
    assert.equal(status, 0, String(stderr));
  });

  for (const file of files) {
    test(file, () => {
      // Without NODE_TEST_CONTEXT it is a run of its own, with an exit code and a report of its own.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { status, stdout, stderr } = spawnSync(node24, ["--test-reporter=spec", ...argumentsOf(file)], {
        cwd: root,
        env: { ...env, KILL_ROUNDS: "5" },
        encoding: "utf8",
        maxBuffer: 1 << 26,
      });
      assert.equal(status, 0, `${stdout}${stderr}`);
      assert.match(stdout, /^ℹ pass [1-9]/m);
    });
  }
});
