import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { argumentsOf } from "../support/program.ts";
import { ADMIN_KEY, AUTHORIZE, request, SMALL_POLICY, SMALL_REQUEST } from "./support.ts";

/** Of a shutdown, where nothing is set. */
const BOUND_BY_DEFAULT_MS = 10_000;

interface Child {
  readonly process: ChildProcess;
  readonly url: string;
  readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>;
  readonly output: () => string;
}

function run(env: Record<string, string>): Omit<Child, "url"> & { readonly listening: Promise<string> } {
  const child = spawn(process.execPath, argumentsOf("src/main.ts"), {
    env: { PATH: process.env.PATH, PORT: "0", SCOPEWARDEN_ADMIN_KEY: ADMIN_KEY, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  // When it has ended and all that it said has been read.
  const exit = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const listening = new Promise<string>((resolve, reject) => {
    const read = (data: Buffer): void => {
      output += data;
      const url = /"url":"([^"]+)"/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    exit.then(() => reject(new Error(output)));
  });
  listening.catch(() => undefined);
  return { process: child, listening, exit, output: () => output };
}

async function withFolder(work: (databaseUrl: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-shutdown-"));
  try {
    await work(`sqlite:${join(folder, "test.db")}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const ask = (url: string, query: string, variables: unknown) =>
  request(`${url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });

/** A request that has not sent all of its body yet is in flight for as long as we like; the service has its headers. */
async function beginRequest(url: string): Promise<ClientRequest> {
  const headers = {
    authorization: `Bearer ${ADMIN_KEY}`,
    "content-type": "application/json",
    "content-length": "27",
    expect: "100-continue",
  };
  const begun = httpRequest(`${url}/graphql`, { method: "POST", headers });
  begun.on("error", () => undefined).flushHeaders();
  await once(begun, "continue");
  begun.write('{"query":');
  return begun;
}

const refusesConnections = (url: string): Promise<void> =>
  eventually("takes no new connection", () =>
    fetch(`${url}/livez`).then(
      async (answer) => (await answer.text()) === "",
      () => true,
    ),
  );

/** One question over an agent's kept connections; answers with the decision's id, or null where the connection was refused. */
function authorizeOver(agent: Agent, url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const call = httpRequest(
      `${url}/graphql`,
      { agent, method: "POST", headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" } },
      (response) => {
        let text = "";
        response.on("data", (data) => {
          text += data;
        });
        response
          .on("end", () => resolve(response.statusCode === 200 ? JSON.parse(text).data.authorize.id : null))
          .on("error", () => resolve(null));
      },
    );
    call.on("error", () => resolve(null));
    call.end(JSON.stringify({ query: AUTHORIZE, variables: { input: SMALL_REQUEST } }));
  });
}

test("SIGTERM under load: exit code 0 in time, and every answer that was given is in the journal", async () => {
  await withFolder(async (databaseUrl) => {
    const child = run({ DATABASE_URL: databaseUrl });
    const url = await child.listening;
    await ask(
      url,
      'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "test" }) { revision } }',
      { operations: SMALL_POLICY },
    );

    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const acknowledged: string[] = [];
    let loading = true;
    let refused = 0;
    const load = Array.from({ length: 16 }, async () => {
      while (loading) {
        const id = await authorizeOver(agent, url);
        if (id !== null) acknowledged.push(id);
        else if (++refused > 200) break;
      }
    });
    await eventually("answers before the signal", () => acknowledged.length > 200);
    child.process.kill("SIGTERM");
    const [code] = await child.exit;
    loading = false;
    await Promise.all(load);
    agent.destroy();

    assert.equal(code, 0, child.output());
    const storage = await openStorage({ url: databaseUrl, clock: Date.now });
    try {
      let after: number | null = null;
      const stored = new Set<string>();
      do {
        const page: Awaited<ReturnType<typeof storage.decisions.decisions>> = await storage.decisions.decisions({
          filter: {},
          page: { first: 1000, after },
        });
        for (const { node } of page.items) stored.add(node.id);
        after = page.hasNextPage ? (page.items.at(-1)?.key ?? null) : null;
      } while (after !== null);
      assert.deepEqual(
        acknowledged.filter((id) => !stored.has(id)),
        [],
      );
      assert.equal(new Set(acknowledged).size, acknowledged.length);
    } finally {
      await storage.close();
    }
  });
});

test("while it shuts down it is not ready, finishes a request under way, and a second signal ends it at once", async () => {
  await withFolder(async (databaseUrl) => {
    const child = run({ DATABASE_URL: databaseUrl });
    const url = await child.listening;
    const slow = await beginRequest(url);
    child.process.kill("SIGTERM");
    await refusesConnections(url);
    const response = once(slow, "response");
    slow.end('"{ __typename }"}\n'.slice(0, 18));
    const [answer] = (await response) as [import("node:http").IncomingMessage];
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers.connection, "close");
    assert.deepEqual(await child.exit, [0, null]);
  });
  await withFolder(async (databaseUrl) => {
    const child = run({ DATABASE_URL: databaseUrl });
    const url = await child.listening;
    await beginRequest(url);
    child.process.kill("SIGTERM");
    await refusesConnections(url);
    child.process.kill("SIGINT");
    // By the signal itself: an exit would end threads that SQLite is about to answer, and abort now and then.
    assert.deepEqual(await child.exit, [null, "SIGINT"]);
  });
});

test("with a time to drain it is not ready but goes on taking requests, and then ends", async () => {
  await withFolder(async (databaseUrl) => {
    const child = run({
      DATABASE_URL: databaseUrl,
      SCOPEWARDEN_DRAIN_MS: "10000",
      SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS: "60000",
    });
    const url = await child.listening;
    const signalled = performance.now();
    child.process.kill("SIGTERM");
    while ((await fetch(`${url}/readyz`)).status !== 503);
    const answer = await ask(url, "{ __typename }", {});
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("connection"), "close");
    assert.deepEqual(await child.exit, [0, null]);
    assert(performance.now() - signalled > 9900, "not before its time");
  });
});

test("a client that never finishes does not keep it from stopping: cut at the bound, exit code 1", async () => {
  await withFolder(async (databaseUrl) => {
    const child = run({ DATABASE_URL: databaseUrl, SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS: "3000" });
    const url = await child.listening;
    await beginRequest(url);
    child.process.kill("SIGTERM");
    assert.deepEqual(await child.exit, [1, null]);
    const timeOf = (what: string): number =>
      Date.parse(new RegExp(`"time":"([^"]+)"[^\\n]*"msg":"${what}`).exec(child.output())?.[1] ?? "");
    const took = timeOf("stopped, with answers cut off") - timeOf("shutting down");
    assert.ok(took >= 3000 && took < BOUND_BY_DEFAULT_MS, `${took} ms`);
  });
});

test("what keeps it from starting is said plainly, with exit code 1 or, for the configuration, 2", async () => {
  await withFolder(async (databaseUrl) => {
    await withFolder(async (otherUrl) => {
      const misconfigured = run({ DATABASE_URL: databaseUrl, PORT: "many", SCOPEWARDEN_JWT_ISSUER: "x" });
      const first = run({ DATABASE_URL: databaseUrl });
      const { port } = new URL(await first.listening);
      const second = run({ DATABASE_URL: otherUrl, PORT: port });
      assert.equal((await second.exit)[0], 1);
      assert.match(second.output(), new RegExp(`port ${port} on 127.0.0.1 is taken`));
      assert.equal((await misconfigured.exit)[0], 2);
      assert.match(misconfigured.output(), /PORT must be a whole number[\s\S]*SCOPEWARDEN_JWKS_URL must be set too/);
      first.process.kill("SIGTERM");
      assert.equal((await first.exit)[0], 0);
    });
  });
});
