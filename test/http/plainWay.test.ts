import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { createLog } from "../../src/http/log.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { createPlainWay } from "../../src/http/plainWay.ts";
import { ADMIN_KEY, applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

/** Of this type a request takes the short way; the other says the same, and takes the long one. */
const SHORT = "application/json";
const LONG = "application/json;  charset=utf-8";

let service: Service;
const keys = { service: "", auditor: "", unknown: "sw_0123456789ab_unknown" };
before(async () => {
  service = await startService({ SCOPEWARDEN_MAX_DECISIONS: "3", SCOPEWARDEN_MAX_REQUEST_BYTES: "4096" });
  await applyPolicy(service, [
    ...SMALL_POLICY,
    { deprecateScope: { name: "view_observations", sunsetAt: "2999-01-01T00:00:00Z" } },
  ]);
  keys.service = (await service.createKey("SERVICE")).key;
  keys.auditor = (await service.createKey("AUDITOR")).key;
});
after(() => service.stop());

/** Sends bytes over a connection of its own, and answers with all that came back. */
async function sent(...parts: readonly (string | Buffer)[]): Promise<string> {
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  // What is not closed is told apart by its headers, and does not stop the tests.
  socket.setTimeout(1000, () => socket.destroy());
  const closed = once(socket, "close");
  let text = "";
  socket
    .on("error", () => undefined)
    .setEncoding("latin1")
    .on("data", (part: string) => {
      text += part;
    });
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await closed;
  return text;
}

interface Asked {
  readonly path?: string;
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function head({ path = "/access/v1/evaluation", key = keys.service, headers = {} }: Asked, type: string): string {
  const all = {
    host: "test",
    connection: "close",
    "content-type": type,
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}`;
}

/** What came back, without what differs from request to request, and what was noted of it. */
async function told(asked: Asked, type: string): Promise<unknown> {
  const bytes = Buffer.from(typeof asked.body === "string" ? asked.body : JSON.stringify(asked.body ?? question));
  const before = service.lines.length;
  const answer = await sent(
    Buffer.from(head(asked, type), "latin1"),
    `content-length: ${bytes.length}\r\n\r\n`,
    bytes.subarray(0, 7),
    bytes.subarray(7),
  );
  const written = (): string | undefined => service.lines.slice(before).find((line) => line.includes('"route"'));
  for (let i = 0; written() === undefined && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 1));
  const { time: _time, requestId: _id, ms: _ms, ...noted } = JSON.parse(written() ?? "{}");
  const [top = "", body = ""] = answer.split("\r\n\r\n");
  const lines = top
    .split("\r\n")
    .map((line) => line.replace(/^date: .*/i, "date"))
    .map((line) => (/^x-request-id: [0-9a-f-]{36}$/i.test(line) ? "x-request-id: ours" : line));
  const same = body.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id").replace(/"decidedAt":"[^"]+"/, "time");
  return { lines: lines.map((line) => line.toLowerCase()).sort(), body: same, noted };
}

const question = {
  subject: { type: "user", id: "ann" },
  action: { name: "read" },
  resource: { type: "Observation", id: "o1" },
  context: { client_id: "reader-app", scopes: ["view_observations"] },
};
const graphql = { path: "/graphql", body: { query: "{ __typename }" } };

const requests: { readonly [name: string]: () => Asked } = {
  "a question, with what a deprecated scope brings": () => ({}),
  "another answer": () => ({ body: { ...question, action: { name: "delete" } } }),
  "reasons asked for": () => ({ body: { ...question, options: { explain: true }, resource: { type: "Patient" } } }),
  "several questions": () => ({ path: "/access/v1/evaluations", body: { ...question, evaluations: [{}, {}] } }),
  "too many questions": () => ({
    path: "/access/v1/evaluations",
    body: { ...question, evaluations: [{}, {}, {}, {}] },
  }),
  "a search": () => ({ path: "/access/v1/search/action", body: { ...question, action: undefined } }),
  "a grant": () => ({ path: "/access/v1/grant", body: { clientId: "reader-app", scopes: [] } }),
  "a member that is missing": () => ({ body: { ...question, subject: undefined } }),
  "no object": () => ({ body: "[]" }),
  "no JSON": () => ({ body: "{" }),
  "nothing at all": () => ({ body: "" }),
  "a member that means something to JavaScript": () => ({ body: '{"__proto__": {}}' }),
  "the same, written otherwise": () => ({ body: '{"\\u005f_proto__": {}}' }),
  "an escape that stands for a letter": () => ({ body: JSON.stringify(question).replace("ann", "\\u0061nn") }),
  "a text beyond ASCII": () => ({ body: { ...question, subject: { type: "user", id: "Zoë 患者" } } }),
  "an id": () => ({ headers: { "x-request-id": "abc" } }),
  "an id that is not ASCII": () => ({
    headers: { "x-request-id": "fü" },
    body: { ...question, options: { explain: true } },
  }),
  "an id with GraphQL": () => ({ ...graphql, headers: { "x-request-id": "abc" } }),
  "no key": () => ({ key: null }),
  "no key, with GraphQL": () => ({ ...graphql, key: null }),
  "a key that is not known": () => ({ key: keys.unknown }),
  "a key of another role": () => ({ key: keys.auditor }),
  "a key of the admin": () => ({ key: ADMIN_KEY }),
  "a body that is too long": () => ({ body: { ...question, padding: "x".repeat(5000) } }),
  "a body that is too long, of a stranger": () => ({ key: null, body: { ...question, padding: "x".repeat(5000) } }),
  "a query string": () => ({ path: "/access/v1/evaluation?x=1" }),
  GraphQL: () => graphql,
  "GraphQL that is none": () => ({ ...graphql, body: "{" }),
};

describe("the short way tells what the long way tells: status, headers, body and log line", () => {
  for (const [name, ask] of Object.entries(requests)) {
    test(name, async () => {
      const inFull = await told(ask(), LONG);
      assert.deepEqual(await told(ask(), SHORT), inFull);
    });
  }
});

test("a body in chunks, one that is asked for first, and one that is shorter than it says", async () => {
  const text = JSON.stringify(question);
  const chunked = await sent(
    `${head({}, SHORT)}transfer-encoding: chunked\r\n\r\n`,
    `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
  );
  assert.match(chunked, /^HTTP\/1.1 200 OK[\s\S]*\{"decision":true\}/);
  const expecting = await sent(
    `${head({}, SHORT)}expect: 100-continue\r\ncontent-length: ${text.length}\r\n\r\n`,
    text,
  );
  assert.match(expecting, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[\s\S]*\{"decision":true\}/);

  const before = service.lines.length;
  const { port, hostname } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${head({}, SHORT)}content-length: ${text.length + 1}\r\n\r\n${text}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await told({}, SHORT);
  const lines = service.lines.slice(before).filter((line) => line.includes('"route":"/access/v1/evaluation"'));
  assert.equal(lines.length, 1, "what has not come in whole is not asked");
});

test("a client that does not wait for its answer, and an answer that can't be sent, end that request alone", async () => {
  const text = JSON.stringify(question);
  const { port, hostname } = new URL(service.url);
  for (let i = 0; i < 20; i++) {
    const socket = connect(Number(port), hostname).on("error", () => undefined);
    socket.write(`${head({}, SHORT)}content-length: ${text.length}\r\n\r\n${text}`, () => socket.resetAndDestroy());
  }
  assert.match(JSON.stringify(await told({}, SHORT)), /"decision\\":true/);

  const lines: string[] = [];
  const metrics = createMetrics({
    policyRevision: () => 1,
    journal: () => ({ queued: 0, lagMs: 0, failures: 0, unindexed: 0, indexFailures: 0 }),
  });
  const take = createPlainWay({
    authenticate: () => ({ ok: true, caller: { id: "key:x", roles: new Set(["service"]), defaultClientId: null } }),
    authzen: async () => ({ status: 200, body: "{}", code: null }),
    graphql: {
      ask: async () => ({ status: 200, contentType: "a", headers: [["bad", "canary\n"]], body: "{}" }),
    },
    metrics,
    log: createLog({ level: "error", destination: { write: (line: string) => void lines.push(line) } }),
    settings: { limits: { requestBytes: 1000 } },
    draining: () => false,
  })(() => assert.fail("handed on"));
  const server = createServer(take).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  const post = (path: string) =>
    fetch(`http://127.0.0.1:${own}${path}`, { method: "POST", headers: { "content-type": SHORT }, body: "{}" });
  await assert.rejects(post("/graphql"));
  assert.equal((await post("/access/v1/evaluation")).status, 200);
  assert.match(lines.join(), /an answer could not be sent/);
  assert.doesNotMatch(lines.join(), /canary/);
  server.closeAllConnections();
  server.close();
});
