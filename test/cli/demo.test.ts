import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePorts } from "../support/freePorts.ts";
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
  /** What the file of keys has of the guard, by variable. */
  readonly guarded: Readonly<Record<string, string>>;
}

/** Starts a command and waits until what it printed matches; or until it has ended. */
async function start(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string>; readonly until: RegExp },
): Promise<{ readonly child: ChildProcess; readonly text: string }> {
  const child = spawn(process.execPath, [...MAIN, ...args], {
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

/** The guard has the port after it. */
async function startDemo(
  { cwd, port, env: more = {} }: { readonly cwd: string; readonly port: number; readonly env?: Record<string, string> },
  ...options: readonly string[]
): Promise<Running> {
  const env = { PORT: String(port), ...more };
  const args = ["demo", "--guard-port", String(port + 1), ...options];
  const { child, text } = await start(args, { cwd, env, until: /Ctrl-C stops it\.\n/ });
  const file = await readFile(join(cwd, "data/demo-keys.env"), "utf8").catch(() => "");
  const keys = Object.fromEntries(
    [...file.matchAll(/^export DEMO_([A-Z]+)_KEY='(swk_\S+)'$/gm)].map(([, role = "", key = ""]) => [
      role.toLowerCase(),
      key,
    ]),
  );
  const guarded = Object.fromEntries(
    [...file.matchAll(/^export (DEMO_(?:FHIR_URL|[A-Z]+_TOKEN))='(\S+)'$/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  return { child, text, url: /GraphQL +(\S+)/.exec(text)?.[1] ?? "", keys, guarded };
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

const QUERY = "{ scopes(first: 1) { edges { node { name } } } }";
const statusOf = async ({ url }: Running, key: string | undefined): Promise<number> =>
  (await ask(url, { key, query: QUERY })).status;

// One database for these four: its month takes the most of a start.
const cwd = await temporaryFolder();
const port = await freePorts(2);
let first: Running;

test("demo: keys in a file of mode 600 that do what they say, and none on the screen; a curl that answers", async () => {
  first = await startDemo({ cwd, port });
  const demo = first;
  assert.match(demo.text, /with the demo hospital at policy revision 3\./);
  assert.doesNotMatch(demo.text, /goes on with|swk_/);
  const origin = demo.url.replace("/graphql", "");
  const addresses = [...demo.text.matchAll(/^ {2}\w+ +(http\S+)$/gm)].map(([, address]) => address);
  const fhir = `http://127.0.0.1:${port + 1}/fhir`;
  assert.deepEqual(addresses, [`${origin}/console/`, `${origin}/playground`, `${origin}/graphql`, fhir]);
  for (const address of addresses.slice(0, 2)) assert.equal((await fetch(address ?? "")).status, 200, address);
  // What it says to a reviewer is so: the key, and the month.
  assert.match(demo.text, /DEMO_REVIEWER_KEY +what a client can see, what a change would have done/);
  const flips = await ask(demo.url, {
    key: demo.keys.reviewer,
    query: '{ replay(input: { operations: [{ deleteRule: { id: "lab-tech-view-labs" } }] }) { read allowToDeny } }',
  });
  const { read: inMonth, allowToDeny } = ((await flips.json()) as { data: { replay: Record<string, number> } }).data
    .replay;
  assert.ok(Number(inMonth) > 3000 && Number(allowToDeny) > 200, `${inMonth} ${allowToDeny}`);
  const file = join(cwd, "data/demo-keys.env");
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(Object.keys(demo.keys), ["service", "admin", "reviewer", "auditor", "consent"]);

  // The two lines that the demo prints, as one pastes them, in a shell that is elsewhere.
  const command = /^(\. .*demo-keys\.env\n)(curl [\s\S]*?'\n)/m.exec(demo.text);
  const sh = (script: string) => promisify(execFile)("sh", ["-c", script], { cwd: "/" });
  const { stdout: read } = await sh(`${command?.[1]} echo "$SCOPEWARDEN_URL $SCOPEWARDEN_KEY $DEMO_ADMIN_KEY"`);
  assert.equal(read, `${demo.url.replace("/graphql", "")} ${demo.keys.service} ${demo.keys.admin}\n`);
  const hasCurl = await sh("curl --version").then(
    () => true,
    () => false,
  );
  if (hasCurl) {
    const { stdout } = await sh(command?.[0] ?? "");
    assert.equal(JSON.parse(stdout).data.authorize.outcome, "ALLOW");
    // What the README says to a program: another house is denied, and that stands under its denials, with what would allow it.
    const row = await readFile(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
    assert.match(
      row,
      /`DEMO_SERVICE_KEY` \| The first `curl` .* `general-hospital` in place of `city-lab`\. \*\*Denials\*\*/,
    );
    const denials = async () => {
      const query = `{ decisions(filter: { outcome: DENY }) { edges { node { summary } } } }`;
      const answer = await (await ask(demo.url, { key: demo.keys.service, query })).json();
      return JSON.stringify((answer as { data: { decisions: { edges: unknown[] } } }).data.decisions.edges);
    };
    assert.equal(await denials(), "[]", "so that the page begins empty");
    await sh((command?.[0] ?? "").replace("city-lab", "general-hospital"));
    assert.match(await denials(), /holds no role at general-hospital; one of the roles \w+ or \w+ there can allow it/);
  }
  const revisions = await ask(demo.url, {
    key: demo.keys.admin,
    query: "{ policyRevisions(first: 5) { edges { node { author reason } } } }",
  });
  // What the month begins with, and what an engineer gave himself and took back.
  const { data: history } = (await revisions.json()) as {
    data: { policyRevisions: { edges: { node: { author: string; reason: string } }[] } };
  };
  const reasons = history.policyRevisions.edges.map(({ node }) => [node.author, node.reason]);
  assert.deepEqual(reasons, [
    ["otto, system administration", "The test is over."],
    ["otto, system administration", "Testing a ticket."],
    ["seed", "The demo hospital"],
  ]);
});

test("demo: one search through the guard, as it is printed: all for the patient, less for a nurse, nothing for a researcher", async () => {
  const { DEMO_FHIR_URL: url, ...tokens } = first.guarded;
  assert.equal(url, `http://127.0.0.1:${port + 1}/fhir`);
  assert.deepEqual(Object.keys(tokens), ["DEMO_ADA_TOKEN", "DEMO_NINA_TOKEN", "DEMO_ROSA_TOKEN"]);
  const printed = [...first.text.matchAll(/^curl -s "\$DEMO_FHIR_URL\/(\S+)" -H "Authorization: Bearer \$(\w+)"$/gm)];
  assert.deepEqual(
    printed.map(([, , variable]) => variable),
    Object.keys(tokens),
  );
  const readme = await readFile(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  for (const [line] of printed) assert.ok(readme.includes(`\n${line} `), line);
  assert.doesNotMatch(first.text, new RegExp(Object.values(tokens).join("|")), "no token on the screen");
  const ids: string[][] = [];
  for (const [, path, variable = ""] of printed) {
    const answer = await fetch(`${url}/${path}`, { headers: { authorization: `Bearer ${tokens[variable]}` } });
    assert.equal(answer.status, 200, variable);
    const { entry } = (await answer.json()) as { entry: { fullUrl?: string }[] };
    ids.push(entry.flatMap(({ fullUrl }) => fullUrl?.replace(`${url}/Observation/ada-`, "") ?? []));
  }
  assert.deepEqual(ids, [
    ["hba1c", "creatinine", "heart-rate", "weight", "phq9"],
    ["hba1c", "creatinine", "heart-rate", "weight"],
    [],
  ]);
  assert.equal((await fetch(`${url}/Observation?patient=ada`)).status, 401);
  // The same decisions are on record, for whoever watches.
  const query = `{ decisions(first: 30, filter: { clientId: "ehr", subjectId: "nina", patient: "ada" }) { edges { node { decidedAt outcome } } } }`;
  const answer = (await (await ask(first.url, { key: first.keys.auditor, query })).json()) as {
    data: { decisions: { edges: { node: { decidedAt: string; outcome: string } }[] } };
  };
  const fresh = answer.data.decisions.edges.filter(({ node }) => Date.parse(node.decidedAt) > Date.now() - 600_000);
  assert.ok(fresh.length > 0, JSON.stringify(answer));
});

test("demo: goes on with what was left and says so, with new keys; --reset begins afresh, not while one is running", async () => {
  const tried = await ask(first.url, {
    key: first.keys.admin,
    query: 'mutation { retireScope(input: { name: "view_claims" }, reason: "To see what happens.") { revision } }',
  });
  assert.deepEqual(await tried.json(), { data: { retireScope: { revision: 4 } } });
  const refused = await start(["demo", "--reset"], { cwd, env: { PORT: String(port) }, until: /never/ });
  assert.deepEqual([refused.child.exitCode, await statusOf(first, first.keys.admin)], [2, 200]);
  assert.match(refused.text, /^data\/demo\.db is in use: a demo is running\. Stop it first; nothing was deleted\.\n$/);
  assert.equal(await stop(first.child), 0);

  // What somebody else listens on stays theirs: the demo does without its guard, and leaves no tokens.
  const taken = createServer().listen(port + 1, "127.0.0.1");
  await once(taken, "listening");
  const second = await startDemo({ cwd, port });
  taken.close();
  assert.match(
    second.text,
    new RegExp(`^The guarded FHIR store is left out: port ${port + 1} on 127\\.0\\.0\\.1 is taken; --guard-port `, "m"),
  );
  assert.deepEqual(second.guarded, {});
  assert.match(second.text, /at policy revision 4\.\nIt goes on with data\/demo\.db of an earlier start/);
  assert.equal(await statusOf(second, first.keys.reviewer), 401);
  assert.equal(await statusOf(second, second.keys.reviewer), 200);
  assert.equal(await stop(second.child), 0);

  const others = {
    SCOPEWARDEN_JWKS_URL: "http://127.0.0.1:1/jwks",
    SCOPEWARDEN_JWT_ISSUER: "https://login.example.org",
    SCOPEWARDEN_JWT_AUDIENCE: "https://pdp.example.org",
  };
  const third = await startDemo({ cwd, port, env: others }, "--reset");
  assert.match(third.text, /^Deleted, to begin afresh: data\/demo\.db/);
  assert.match(third.text, /at policy revision 3\.\n\n/);
  assert.match(third.text, /^The guarded FHIR store is left out: SCOPEWARDEN_JWKS_URL says whose tokens count\.$/m);
  assert.equal(await statusOf(third, second.keys.reviewer), 401);
  assert.equal(await stop(third.child), 0);
});

test("demo and serve: a port that is taken is a clear error, and names PORT", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const taken = String((server.address() as AddressInfo).port);
  for (const command of ["demo", "serve"]) {
    const { child, text } = await start([command], { cwd, env: { PORT: taken }, until: /never/ });
    assert.equal(child.exitCode, 1);
    assert.match(
      text,
      new RegExp(`port ${taken} on 127\\.0\\.0\\.1 is taken by another process; set PORT to a free one`),
    );
  }
  server.close();
});

test("demo --reset deletes nothing that no demo has made", async () => {
  const cwd = await temporaryFolder();
  const refused = async (): Promise<string> => {
    const { child, text } = await start(["demo", "--reset"], { cwd, env: {}, until: /never/ });
    assert.equal(child.exitCode, 2);
    return text;
  };
  await mkdir(join(cwd, "data"));
  const files = ["demo.db", "demo.db-wal", "demo.db.backup"].map((name) => join(cwd, "data", name));
  for (const file of files) await writeFile(file, "SQLite format 3\0 of a hospital");
  assert.match(await refused(), /^data\/demo\.db does not look like the database of a demo, so nothing was deleted\./);
  for (const file of files) assert.match(await readFile(file, "utf8"), /of a hospital$/);
  // A link to something else, with a demo's words in it.
  await rename(join(cwd, "data/demo.db-wal"), join(cwd, "elsewhere"));
  await writeFile(join(cwd, "elsewhere"), "scopewarden demo was started");
  await symlink(join(cwd, "elsewhere"), join(cwd, "data/demo.db-wal"));
  assert.match(await refused(), /^data\/demo\.db-wal is not a file of its own, so nothing was deleted\./);
  assert.equal((await readdir(join(cwd, "data"))).filter((name) => !name.endsWith(".lock")).length, 3);
});

test("serve: listens where the environment says, and ends with 0 on a signal", async () => {
  const cwd = await temporaryFolder();
  const port = await freePorts();
  const { child } = await start(["serve"], { cwd, env: { PORT: String(port) }, until: /"listening"/ });
  assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
  assert.equal(await stop(child), 0);
});
