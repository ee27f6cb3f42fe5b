import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { readMark } from "../../src/storage/database/file/highWaterMark.ts";
import { cleanEnv, cli, MAIN } from "../cli/support.ts";
import { AUTHORIZE, request, SMALL_REQUEST, startService } from "../http/support.ts";
import { heldReader } from "../storage/backends.ts";
import { eventually } from "../support/eventually.ts";

const KEY = "k".repeat(40);
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-lost-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("the file deleted under a service: the next answer is 503, and it is not ready", async () => {
  const path = join(folder, "deleted.db");
  const service = await startService({ DATABASE_URL: `sqlite:${path}` });
  try {
    const ask = () => service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST } });
    assert.equal((await ask()).status, 200);
    await rm(path);
    for (let i = 0; i < 3; i++) {
      const { status, body, text } = await ask();
      assert.equal(status, 503);
      assert.equal(body.errors[0].extensions.code, "JOURNAL_UNAVAILABLE");
      assert.ok(!text.includes("deleted.db"), "callers are not told where the file is");
    }
    assert.equal((await service.get("/readyz")).status, 503);
    assert.equal((await service.get("/livez")).status, 200);
    assert.ok(service.lines.some((line) => line.includes("deleted.db was deleted or moved while it was in use")));
  } finally {
    await service.stop();
  }
});

async function listening(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout !== null);
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { msg?: string; url?: string };
    if (entry.msg === "listening") return entry.url ?? "";
  }
  throw new Error("it did not start");
}

test("a service killed, and its file restored without its log: the next start says what is gone, and is refused", {
  timeout: 300_000,
}, async (context) => {
  const path = join(folder, "killed.db");
  const settings = { PORT: "0", SCOPEWARDEN_ADMIN_KEY: KEY };
  const child = spawn(process.execPath, [...MAIN, "serve"], {
    env: cleanEnv({ ...settings, DATABASE_URL: `sqlite:${path}` }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  const url = await listening(child);
  // Who reads keeps what follows from copying the log into the file.
  context.after(await heldReader(path));
  let answers = 0;
  for (; answers < 30; answers++) {
    const { status } = await request(`${url}/graphql`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      body: JSON.stringify({ query: AUTHORIZE, variables: { input: SMALL_REQUEST } }),
    });
    assert.equal(status, 200);
  }
  await eventually("the mark is of all that was answered", async () => {
    const mark = await readMark(`${path}.mark`);
    return mark !== null && mark !== "unreadable" && mark.position >= answers;
  });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lost = join(folder, "lost.db");
  for (const ending of ["", ".mark"]) await copyFile(path + ending, lost + ending);
  const env = { ...settings, DATABASE_URL: `sqlite:${lost}` };
  const { code, stderr } = await cli(["serve"], { env });
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(
      `^scopewarden can't start: the database is not as it was left:\n {2}(${answers} acts are missing .*ends at 0|.*is damaged.*)\n`,
    ),
  );
  assert.match((await cli(["db", "recover"], { env })).stdout, /--accept|damaged/);
});
