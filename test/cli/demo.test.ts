import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { cleanEnv, MAIN, temporaryFolder } from "./support.ts";

const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill("SIGKILL");
});

interface Running {
  readonly child: ChildProcess;
  readonly text: string;
  readonly url: string;
  readonly keys: Readonly<Record<string, string>>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a command and waits until what it printed matches; or until it has ended. */
async function start(
  command: string,
  options: { readonly cwd: string; readonly env: Record<string, string>; readonly until: RegExp },
): Promise<{ readonly child: ChildProcess; readonly text: string }> {
  const child = spawn(process.execPath, [...MAIN, command], {
    cwd: options.cwd,
    env: cleanEnv(options.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let text = "";
  const seen = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (options.until.test(text)) resolve();
      });
    }
    child.on("close", () => resolve());
  });
  await seen;
  return { child, text };
}

async function startDemo(cwd: string, port: number): Promise<Running> {
  const { child, text } = await start("demo", { cwd, env: { PORT: String(port) }, until: /Ctrl-C stops it\.\n/ });
  const keys = Object.fromEntries(
    [...text.matchAll(/^ {2}(service|admin|reviewer|auditor) +(swk_\S+)/gm)].map(([, role, key]) => [role, key]),
  );
  return { child, text, url: /GraphQL +(\S+)/.exec(text)?.[1] ?? "", keys };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  child.kill("SIGINT");
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : null;
}

const ask = (url: string, options: { readonly key: string | undefined; readonly query: string }): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${options.key}`, "content-type": "application/json" },
    body: JSON.stringify({ query: options.query }),
  });

test("demo: keys that do what they say, a curl that answers, one revision however often, old keys revoked", async () => {
  const cwd = await temporaryFolder();
  const port = await freePort();
  const first = await startDemo(cwd, port);
  assert.match(first.text, /with the demo hospital at policy revision 1\./);
  assert.deepEqual(Object.keys(first.keys), ["service", "admin", "reviewer", "auditor"]);
  // Nothing else, such as a first admin key that outlives the demo.
  assert.equal(first.text.match(/swk_/g)?.length, 5);
  assert.equal((await fetch(`http://127.0.0.1:${port}/playground`)).status, 200);

  const command = /^curl [\s\S]*?'\n/m.exec(first.text.slice(first.text.indexOf("curl ")))?.[0] ?? "";
  const hasCurl = await promisify(execFile)("curl", ["--version"]).then(
    () => true,
    () => false,
  );
  if (hasCurl) {
    const { stdout } = await promisify(execFile)("sh", ["-c", command]);
    assert.equal(JSON.parse(stdout).data.authorize.outcome, "ALLOW");
  }
  const keys = await ask(first.url, {
    key: first.keys.admin,
    query: "{ policyRevisions(first: 5) { edges { node { author reason } } } }",
  });
  assert.deepEqual(await keys.json(), {
    data: { policyRevisions: { edges: [{ node: { author: "seed", reason: "The demo hospital" } }] } },
  });
  assert.equal(await stop(first.child), 0);

  const second = await startDemo(cwd, port);
  assert.match(second.text, /at policy revision 1\./);
  const query = "{ scopes(first: 1) { edges { node { name } } } }";
  assert.equal((await ask(second.url, { key: first.keys.reviewer, query })).status, 401);
  assert.equal((await ask(second.url, { key: second.keys.reviewer, query })).status, 200);
  assert.equal(await stop(second.child), 0);
});

test("demo and serve: a port that is taken is a clear error, and names PORT", async () => {
  const cwd = await temporaryFolder();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = String((server.address() as AddressInfo).port);
  for (const command of ["demo", "serve"]) {
    const { child, text } = await start(command, { cwd, env: { PORT: port }, until: /never/ });
    assert.equal(child.exitCode, 1);
    assert.match(
      text,
      new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken by another process; set PORT to a free one`),
    );
  }
  server.close();
});

test("serve: listens where the environment says, and ends with 0 on a signal", async () => {
  const cwd = await temporaryFolder();
  const port = await freePort();
  const { child } = await start("serve", { cwd, env: { PORT: String(port) }, until: /"listening"/ });
  assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
  assert.equal(await stop(child), 0);
});
