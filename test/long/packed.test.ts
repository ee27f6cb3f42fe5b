import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { cleanEnv } from "../cli/support.ts";
import { freePorts } from "../support/freePorts.ts";

const run = promisify(execFile);
const root = resolve();
/** The oldest Node that the package says it runs on. */
const node20 = join(root, `tools/programs/node/node_modules/node20-linux-${process.arch}`);
const brought = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
}

describe("the packed file", { skip: brought ? false : "npm has Node 20 for Linux on x64 and arm64 only" }, () => {
  let folder: string;
  // `sqlite3` is compiled with the headers that came with this Node: others would have to be fetched.
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env;
  const env = {
    ...cleanEnv({ npm_config_nodedir: node20, ...(authorities && { NODE_EXTRA_CA_CERTS: authorities }) }),
    PATH: [join(node20, "bin"), process.env.PATH].join(delimiter),
  };
  const read = async (path: string): Promise<Lock> => JSON.parse(await readFile(path, "utf8"));

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-packed-"));
    await run("npm", ["pack", "--pack-destination", folder], { cwd: root, maxBuffer: 1 << 26 });
    const [filename = "nothing"] = await readdir(folder);
    // Empty, as docs/installing.md has it.
    await mkdir(join(folder, "house"));
    const flags = ["install", "--engine-strict", "--no-audit", "--no-fund"];
    await run("npm", [...flags, `../${filename}`], { cwd: join(folder, "house"), env, maxBuffer: 1 << 26 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("brings the versions that were tested, and nothing for development", async () => {
    const tested = (await read(join(root, "package-lock.json"))).packages;
    const installed = (await read(join(folder, "house/node_modules/.package-lock.json"))).packages;
    const own = "node_modules/scopewarden/";
    const bundled = Object.entries(installed).filter(([path]) => path.startsWith(own));
    assert.ok(bundled.length > 200, `${bundled.length}`);
    assert.deepEqual(
      bundled
        .filter(([path, { version }]) => tested[path.slice(own.length)]?.version !== version)
        .map(([path, { version }]) => `${path}@${version}`),
      [],
    );
    const development = Object.entries(tested).filter(([, { dev }]) => dev === true);
    assert.deepEqual(
      development.map(([path]) => path).filter((path) => installed[own + path] !== undefined),
      [],
    );
    // Not bundled, as it is compiled for the machine.
    assert.equal(installed["node_modules/sqlite3"]?.version, tested["node_modules/sqlite3"]?.version);
  });

  test("starts the demo from an empty folder, and decides", async () => {
    const cwd = join(folder, "house");
    const port = await freePorts(2);
    const args = ["--no-install", "scopewarden", "demo", "--guard-port", String(port + 1)];
    const demo = spawn("npx", args, { cwd, env: { ...env, PORT: String(port) }, detached: true });
    const ended = once(demo, "close");
    let text = "";
    try {
      const ready = new Promise<void>((done) => {
        for (const stream of [demo.stdout, demo.stderr])
          stream.setEncoding("utf8").on("data", (part: string) => {
            text += part;
            if (text.includes("Ctrl-C stops it.\n")) done();
          });
      });
      await Promise.race([ready, ended]);
      assert.equal((await fetch(`http://127.0.0.1:${port}/console/`)).status, 200, text);
      // As one pastes it, from what the demo prints.
      const command = /^(\. .*demo-keys\.env\n)(curl [\s\S]*?'\n)/m.exec(text);
      const { stdout } = await run("sh", ["-c", `${command?.[1]}${command?.[2]}`], { cwd: folder });
      assert.match(stdout, /"outcome":"(ALLOW|DENY)"/);
      const guarded = /^curl -s "\$DEMO_FHIR_URL.*DEMO_NINA_TOKEN"$/m.exec(text)?.[0];
      const { stdout: bundle } = await run("sh", ["-c", `${command?.[1]}${guarded}`], { cwd: folder });
      assert.match(bundle, /Observation\/ada-weight/);
      assert.doesNotMatch(bundle, /ada-phq9/);
    } finally {
      // The shell that npx starts may not hand a signal on, so that it is sent to all of them.
      if (demo.exitCode === null && demo.pid !== undefined) process.kill(-demo.pid, "SIGINT");
      await ended;
    }
  });
});
