import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { request } from "../http/support.ts";
import { argumentsOf } from "../support/program.ts";
import { SECRET } from "./fhirServer.ts";
import { AUDIENCE, type GuardWorld, startGuardWorld } from "./guardWorld.ts";

const PROGRAM = argumentsOf("guard/src/main.ts");

let world: GuardWorld;
let folder: string;
let key: string;
before(async () => {
  world = await startGuardWorld();
  folder = await mkdtemp(join(tmpdir(), "scopewarden-guard-"));
  ({ key } = await world.service.createKey("SERVICE"));
});
after(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  program: readonly string[] = PROGRAM,
): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...program, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
    );
  });
}

test("says which option is wrong, and starts nothing", async () => {
  const whole = ["--upstream", "http://127.0.0.1:1/fhir", "--base", AUDIENCE];
  for (const [args, env, said] of [
    [whole, {}, /--key-file or SCOPEWARDEN_KEY/],
    [whole.slice(2), { SCOPEWARDEN_KEY: "k" }, /--upstream must be given/],
    [
      ["--upstream", "ftp://x", "--base", AUDIENCE],
      { SCOPEWARDEN_KEY: "k" },
      /--upstream must be an http or https URL/,
    ],
    [[...whole, "--purpose", "TREAT"], { SCOPEWARDEN_KEY: "k" }, /--purpose must be CLIENT=CODE/],
    [
      [...whole, "--upstream-headers", "/nowhere"],
      { SCOPEWARDEN_KEY: "k" },
      /--upstream-headers: \/nowhere can't be read/,
    ],
    [
      [...whole, "--forward-auth-from", "proxy.internal"],
      { SCOPEWARDEN_KEY: "k" },
      /--forward-auth-from must be an IP/,
    ],
    [["proxy"], {}, /proxy is no command here/],
    [["--all"], {}, /--all/],
  ] as const) {
    const { code, text } = await run(args, { SCOPEWARDEN_KEY: "", ...env });
    assert.equal(code, 2, text);
    assert.match(text, said);
  }
});

test("check says whether the FHIR server answers without credentials", async () => {
  const refused = await run(["check", "--upstream", world.upstream.url]);
  assert.deepEqual([refused.code, /refuses whoever shows no credentials \(HTTP 401\)/.test(refused.text)], [0, true]);
  world.upstream.fault = { status: 200, type: "application/fhir+json", body: '{"resourceType":"Bundle"}' };
  const open = await run(["check", "--upstream", world.upstream.url]);
  assert.deepEqual([open.code, /goes round the guard/.test(open.text)], [1, true]);
  assert.equal((await run(["check", "--upstream", "http://127.0.0.1:1/fhir"])).code, 3);
});

for (const [name, program] of [
  ["scopewarden-guard", PROGRAM],
  ["scopewarden guard", [...argumentsOf("src/cli/main.ts"), "guard"]],
] as const)
  test(`${name} guards until a signal ends it, and says what is wrong`, () => guards(program));

async function guards(program: readonly string[]): Promise<void> {
  const [headers, keyFile] = [join(folder, "headers"), join(folder, "key")];
  await writeFile(headers, `Authorization: ${SECRET}\n`);
  await writeFile(keyFile, `${key}\n`);
  const child = spawn(
    process.execPath,
    [
      ...program,
      ...["--upstream", world.upstream.url, "--base", AUDIENCE, "--service", world.service.url, "--key-file", keyFile],
      ...["--upstream-headers", headers, "--organization", "city", "--purpose", "ward-app=TREAT", "--port", "0"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { listening } = JSON.parse(line) as { listening: string };
    const authorization = `Bearer ${await world.token()}`;
    const ann = await request(`${listening}/r4/Patient/ann`, { headers: { authorization } });
    assert.equal(ann.status, 200, ann.text);
    assert.equal((await request(`${listening}/r4/Patient/eve`, { headers: { authorization } })).status, 404);
  } finally {
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
  }
  const wrong = await run(["--all"], {}, program);
  assert.deepEqual([wrong.code, /--all/.test(wrong.text)], [2, true], wrong.text);
  assert.equal((await run(["check", "--upstream", "http://127.0.0.1:1/fhir"], {}, program)).code, 3);
}
