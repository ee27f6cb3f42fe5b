import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openStorage } from "../../src/storage/storage.ts";
import { ADMIN_KEY, AUTHORIZE, request, SMALL_POLICY, SMALL_REQUEST } from "../http/support.ts";
import { freePorts } from "../support/freePorts.ts";

const installed = (program: string): boolean =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"].some((folder) => existsSync(join(folder, program)));
const missing = ["haproxy", "openssl"].filter((program) => !installed(program));

/** How long an instance takes a key for good without asking the database, where no hint comes. */
const REMEMBERED_MS = 1000;

async function waitFor(what: string, holds: () => unknown, ms = 60_000): Promise<void> {
  for (const end = performance.now() + ms; !(await holds()); await delay(20))
    assert.ok(performance.now() < end, `within ${ms} ms: ${what}`);
}

/** The example as its README starts it, but with ports of its own, and polls that come too late to help. */
async function startExample() {
  const port = await freePorts(4);
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", "examples/scale-out/start.ts"], {
    env: {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: "",
      SCOPEWARDEN_ADMIN_KEY: ADMIN_KEY,
      SCOPEWARDEN_POLICY_POLL_MS: "60000",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const note = (data: Buffer): void => {
    output += data;
  };
  child.stdout?.on("data", note);
  child.stderr?.on("data", note);
  const printed = (pattern: RegExp): readonly string[] => [...output.matchAll(pattern)].map((match) => match[1] ?? "");
  const exit = once(child, "exit");
  try {
    await waitFor("the example runs", () => {
      assert.equal(child.exitCode, null, output);
      return printed(/^database: +(\S+)/gm).length === 1;
    });
  } catch (error) {
    child.kill("SIGTERM");
    throw error;
  }
  const agent = new Agent({ ca: readFileSync(printed(/^certificate: +(\S+)/gm)[0] ?? ""), keepAlive: true });
  const instances = { a: `http://127.0.0.1:${port + 1}`, b: `http://127.0.0.1:${port + 2}` };
  return {
    agent,
    instances,
    url: `https://localhost:${port}`,
    databaseUrl: printed(/^database: +(\S+)/gm)[0] ?? "",
    output: () => output,
    /** Ends an instance, waits until another process has its place, and until that is ready. */
    async replace(name: "a" | "b", signal: NodeJS.Signals): Promise<void> {
      const processes = () => printed(new RegExp(`^instance ${name}: process (\\d+)`, "gm"));
      const before = processes();
      process.kill(Number(before.at(-1)), signal);
      await waitFor(`instance ${name} is started again`, () => processes().length > before.length);
      await waitFor(`instance ${name} is ready`, () =>
        request(`${instances[name]}/readyz`).then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
    },
    async stop(): Promise<void> {
      agent.destroy();
      child.kill("SIGTERM");
      const [code] = await exit;
      assert.equal(code, 0, output);
    },
  };
}
type Example = Awaited<ReturnType<typeof startExample>>;

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  readonly body: any;
}

/** Asks through the balancer, and rejects unless its certificate is the one that is trusted. */
function ask({ agent, url }: Example, key: string, query: string, variables: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const call = httpsRequest(`${url}/graphql`, { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.on("error", reject).on("data", (data) => {
        text += data;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text || "null") }));
    });
    call.on("error", reject);
    call.end(JSON.stringify({ query, variables }));
  });
}

const mutate = async (example: Example, query: string, variables: unknown) => {
  const { status, body } = await ask(example, ADMIN_KEY, query, variables);
  assert.equal(status, 200, JSON.stringify(body));
  return body.data;
};
const applyPolicy = (example: Example, operations: readonly unknown[]) =>
  mutate(
    example,
    'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "test" }) { revision } }',
    { operations },
  );
async function createKey(example: Example): Promise<{ readonly key: string; readonly id: string }> {
  const { createApiKey } = await mutate(
    example,
    'mutation { createApiKey(input: { name: "load", roles: [SERVICE] }, reason: "test") { key apiKey { id } } }',
    {},
  );
  return { key: createApiKey.key, id: createApiKey.apiKey.id };
}

const revokeKey = (example: Example, id: string) =>
  mutate(example, 'mutation($id: ID!) { revokeApiKey(id: $id, reason: "test") { apiKey { id } } }', { id });

/** Asks an instance itself, past the balancer. */
const askInstance = (url: string, key: string) =>
  request(`${url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ query: AUTHORIZE, variables: { input: SMALL_REQUEST } }),
  });

/** Questions from several connections, each asked until it is answered, under the same request id; and what failed. */
function startLoad(example: Example, key: string) {
  const answered = new Map<string, string>();
  let asked = 0;
  const failures: string[] = [];
  let going = true;
  const stream = async (): Promise<void> => {
    while (going) {
      const requestId = `request-${asked++}`;
      for (let attempt = 1; ; attempt++) {
        const reply = await ask(example, key, AUTHORIZE, { input: { ...SMALL_REQUEST, requestId } }).catch(String);
        if (typeof reply === "object" && reply.status === 200 && reply.body.errors === undefined) {
          answered.set(requestId, reply.body.data.authorize.id);
          break;
        }
        failures.push(JSON.stringify(reply));
        assert.ok(attempt < 20, `${requestId}: ${JSON.stringify(reply)}`);
        await delay(50);
      }
    }
  };
  const streams = Promise.all(Array.from({ length: 8 }, stream));
  streams.catch(() => undefined); // Awaited at the end.
  return {
    answered,
    failures,
    asked: () => asked,
    async stop(): Promise<void> {
      going = false;
      await streams;
    },
  };
}

/** The ids of all decisions that a key has asked for, as they stand in the journal. */
async function idsInJournal(url: string, callerId: string): Promise<readonly string[]> {
  const storage = await openStorage({ url, clock: Date.now });
  try {
    const ids: string[] = [];
    for (let after: number | null = null, more = true; more; ) {
      const page: Awaited<ReturnType<typeof storage.decisions.decisions>> = await storage.decisions.decisions({
        filter: { callerId },
        page: { first: 1000, after },
      });
      ids.push(...page.items.map(({ node }) => node.id));
      after = page.items.at(-1)?.key ?? null;
      more = page.hasNextPage;
    }
    return ids;
  } finally {
    await storage.close();
  }
}

const skip = missing.length > 0 && `not installed: ${missing.join(", ")}`;
describe("two instances on one database, behind a load balancer with TLS", { skip }, () => {
  let example: Example;
  before(async () => {
    example = await startExample();
    await waitFor("the balancer answers", async () => {
      const reply = await ask(example, ADMIN_KEY, "{ __typename }", {}).catch(() => null);
      return reply?.status === 200;
    });
  });
  after(() => example.stop());
  const onBoth = (key: string) => Promise.all(Object.values(example.instances).map((url) => askInstance(url, key)));

  test("a policy change through the balancer decides on both, long before their next look for changes", async () => {
    const { key } = await createKey(example);
    const all = async (outcome: string) =>
      (await onBoth(key)).every(({ body }) => body.data.authorize.outcome === outcome);
    assert.equal(await all("DENY"), true);
    await applyPolicy(example, SMALL_POLICY);
    await waitFor("both allow", () => all("ALLOW"), 10_000);
  });

  test("failed authentications are limited by the address that the balancer saw, whatever the caller says it is", async () => {
    const { ca } = example.agent.options;
    const guess = (localAddress: string, claimed: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: "Bearer guess", "x-forwarded-for": claimed };
        const options = { ...(ca && { ca }), agent: false, family: 4, localAddress, method: "POST", headers };
        const call = httpsRequest(`${example.url}/graphql`, options, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        });
        call.on("error", reject).end();
      });
    let limited = 0;
    // Each of the two instances counts for itself.
    for (let n = 0; n < 100 && limited < 10; n++)
      limited = (await guess("127.0.0.2", `192.0.2.${n}`)) === 429 ? limited + 1 : 0;
    assert.equal(limited, 10);
    assert.equal(await guess("127.0.0.3", "127.0.0.2"), 401, "another address");
  });

  test("a key revoked through the balancer ends on both while each still remembered it as good", async () => {
    let best = Number.POSITIVE_INFINITY;
    // On a busy machine one try may take longer than the second for which an instance remembers a key.
    for (let tries = 1; best >= REMEMBERED_MS; tries++) {
      assert.ok(tries <= 10, `revoked on both after ${best} ms`);
      const { key, id } = await createKey(example);
      const since = performance.now();
      assert.ok((await onBoth(key)).every(({ status }) => status === 200));
      await revokeKey(example, id);
      while (!(await onBoth(key)).every(({ status }) => status === 401));
      best = performance.now() - since;
    }
  });

  test("one killed and the other rolled under load: no question stays unanswered, no answer is lost or doubled", async () => {
    const { key, id } = await createKey(example);
    const load = startLoad(example, key);
    await delay(300);
    await example.replace("a", "SIGKILL");
    await delay(300);
    await example.replace("b", "SIGTERM");
    await delay(300);
    await load.stop();
    assert.match(example.output(), /^instance a: ended with SIGKILL$/m);
    assert.match(example.output(), /^instance b: ended with 0$/m);
    assert.equal(load.answered.size, load.asked());
    assert.deepEqual(
      [...(await idsInJournal(example.databaseUrl, `key:${id}`))].sort(),
      [...load.answered.values()].sort(),
      "each answer stands in the journal once",
    );
    assert.deepEqual(load.failures, [], "the balancer asks again by itself");
  });
});
