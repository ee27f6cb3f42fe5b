import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { buildSchema, parse, validate } from "graphql";
import { applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "../http/support.ts";
import { freePorts } from "../support/freePorts.ts";
import { type Fault, type FaultyProxy, startProxy } from "./faultyProxy.ts";

const PYTHON = "/usr/bin/python3";
const none = spawnSync(PYTHON, ["-c", "import urllib.request"]).status === 0 ? false : `There is no ${PYTHON}.`;

describe("the client library for Python", { skip: none }, () => {
  let service: Service;
  let proxy: FaultyProxy;
  let key: string;
  let python: ChildProcessWithoutNullStreams;
  let lines: AsyncIterator<string>;
  before(async () => {
    service = await startService();
    await applyPolicy(service, SMALL_POLICY);
    ({ key } = await service.createKey("SERVICE"));
    proxy = await startProxy(service.url);
    python = spawn(PYTHON, ["test/client/python/driver.py", "clients/python"], {
      env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: "1" },
    });
    python.stderr.pipe(process.stderr);
    lines = createInterface(python.stdout)[Symbol.asyncIterator]();
  });
  after(async () => {
    const ended = once(python, "exit");
    python.stdin.end();
    await ended;
    await proxy.close();
    await service.stop();
  });

  // Whatever Python answers is compared with what is expected of it.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of another language
  async function call(what: object): Promise<any> {
    python.stdin.write(`${JSON.stringify(what)}\n`);
    const { value } = await lines.next();
    return JSON.parse(value);
  }
  const READ = { ...SMALL_REQUEST, resource: { ...SMALL_REQUEST.resource, labels: ["N"] } };
  async function asked(faults: readonly Fault[], settings: object = {}, question: unknown = READ) {
    proxy.faults.splice(0, Infinity, ...faults);
    const seen = proxy.seen.length;
    const name = Array.isArray(question) ? "authorize_batch" : "authorize";
    const { answer } = await call({ call: name, question, settings: { url: proxy.url, key, timeout: 5, ...settings } });
    return { answer, bodies: proxy.seen.slice(seen).map(({ body }) => JSON.parse(body)) };
  }

  test("asks what the schema has", async () => {
    const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
    const queries = await call({ call: "queries" });
    assert.equal(queries.length, 2);
    for (const query of queries) assert.deepEqual(validate(schema, parse(query)), []);
  });

  test("an ALLOW is true, with its id and why", async () => {
    const { answer } = await asked([]);
    assert.deepEqual([answer.outcome, answer.is, answer.error], ["allowed", true, null]);
    const found = await service.ask(`{ decision(id: "${answer.id}") { outcome } }`);
    assert.equal(found.body.data.decision.outcome, "ALLOW");
    assert.equal(answer.reasons[0].code, "ALLOWED_BY_RULE");
  });

  test("a DENY is false, and says the scope that would do", async () => {
    const { answer } = await asked([], {}, { ...READ, scopes: [] });
    assert.deepEqual([answer.outcome, answer.is], ["denied", false]);
    assert.deepEqual(answer.sufficient_scopes, ["view_observations"]);
  });

  test("what is refused names the part of the question", async () => {
    const { answer } = await asked([], {}, { ...READ, clientId: "" });
    assert.deepEqual([answer.outcome, answer.is, answer.error.kind], ["error", false, "refused"]);
    assert.deepEqual(
      answer.error.problems.map(({ path }: { path: string }) => path),
      ["clientId"],
    );
  });

  test("scopes and subject that are None are refused, as is what is no JSON", async () => {
    for (const name of ["scopes", "subject"]) {
      const { answer, bodies } = await asked([], {}, { ...READ, [name]: null });
      assert.equal(answer.error.kind, "refused");
      assert.match(answer.error.message, new RegExp(`^${name}`));
      assert.deepEqual(bodies, []);
    }
    const { answer } = await call({ call: "authorize", nan: true, question: READ, settings: { url: proxy.url, key } });
    assert.equal(answer.error.kind, "refused");
    assert.equal((await asked([], {}, "x")).answer.error.kind, "refused");
  });

  test("the key is not told, and not sent elsewhere", async () => {
    const { answer } = await asked([], { key: `${key}x` });
    assert.equal(answer.error.kind, "unauthorized");
    assert.ok(!JSON.stringify(answer).includes(key));
    const elsewhere = { status: 307, headers: { location: `${proxy.url}/elsewhere` } };
    const moved = await asked([elsewhere]);
    assert.equal(moved.answer.error.kind, "unavailable");
    assert.equal(moved.bodies.length, 1);
  });

  test("half a decision is none", async () => {
    const whole = { id: "d", outcome: "ALLOW", summary: "", reasons: [], obligations: [], sufficientScopes: [] };
    const errors = [{ message: "no", extensions: { code: "JOURNAL_UNAVAILABLE" } }];
    for (const [body, outcome] of [
      [{ data: { decideBatch: [whole] } }, "allowed"],
      [{ data: { decideBatch: [whole] }, errors }, "error"],
      [{ data: { decideBatch: [{ ...whole, obligations: null }] } }, "error"],
      [{ data: { decideBatch: [{ ...whole, obligations: [{}] }] } }, "error"],
      [{ data: { decideBatch: [{ ...whole, outcome: "allow" }] } }, "error"],
      [{ data: { decideBatch: [{ ...whole, id: "" }] } }, "error"],
      [{ data: { decideBatch: [] } }, "error"],
      [{}, "error"],
      ["<html>", "error"],
    ] as const) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      assert.equal((await asked([{ status: 200, body: text }])).answer.outcome, outcome, text);
    }
  });

  test("what did not arrive is sent again, with the same id, and is no denial in the end", async () => {
    for (const fault of ["cut", "cut-answer", { status: 503 }, { status: 429 }] as const) {
      const { answer, bodies } = await asked([fault]);
      assert.equal(answer.outcome, "allowed");
      const [first, second] = bodies.map(({ variables }) => variables.inputs[0].requestId);
      assert.match(first, /^[0-9a-f]{32}$/);
      assert.equal(second, first);
    }
    const gone = await asked(["cut", "cut"]);
    assert.deepEqual([gone.answer.error.kind, gone.bodies.length], ["unavailable", 2]);
    const port = await freePorts();
    const nobody = await asked([], { url: `http://127.0.0.1:${port}` });
    assert.equal(nobody.answer.error.kind, "unavailable");
  });

  test("a slow answer is a timeout; Retry-After is waited for unless it is longer", async () => {
    const slow = await asked(["hold", "hold"], { timeout: 0.1 });
    assert.deepEqual([slow.answer.error.kind, slow.bodies.length], ["timeout", 2]);
    // Whichever of the two clocks ends first.
    proxy.faults.splice(0, Infinity, "hold");
    const late = await call({ call: "socket", settings: { url: proxy.url, key, timeout: 0.1 } });
    assert.equal(late.kind, "timeout");
    const busy = await asked([{ status: 503, headers: { "retry-after": "30" } }]);
    assert.deepEqual([busy.answer.error.retry_after, busy.bodies.length], [30, 1]);
    const soon = await asked([{ status: 503, headers: { "retry-after": "0" } }]);
    assert.equal(soon.answer.outcome, "allowed");
  });

  test("batches come in hundreds and by bytes, in order; one that can't be asked leaves the others", async () => {
    const question = (i: number) => ({
      ...READ,
      action: i % 3 === 0 ? "delete" : READ.action,
      resource: { type: "Observation", id: `o-${i}`, ...(i < 30 && { attributes: { note: ["é".repeat(2000)] } }) },
    });
    const questions: object[] = Array.from({ length: 250 }, (_, i) => question(i));
    questions[40] = { ...READ, clientId: "" };
    const { answer, bodies } = await asked([], {}, questions);
    assert.deepEqual(
      answer.map(({ outcome }: { outcome: string }) => outcome),
      questions.map((_, i) => (i === 40 ? "error" : i % 3 === 0 ? "denied" : "allowed")),
    );
    for (const body of bodies) assert.ok(body.variables.inputs.length <= 100);
    const lost = await asked(["cut", "cut"], { retries: 1 }, questions);
    assert.equal(lost.bodies.length, 2);
    assert.ok(lost.answer.every(({ is }: { is: boolean }) => !is));
    assert.equal(
      (await call({ call: "authorize_batch", question: {}, settings: { url: proxy.url, key } })).answer.length,
      1,
    );
  });

  test("an obligation without a handler, or that can't be met, is a denial", async () => {
    const obligations = [{ type: "log", parameters: null }];
    const enforced = (handlers: readonly string[], of: readonly object[] = obligations) =>
      call({ call: "enforce", handlers, obligations: of, settings: { url: proxy.url, key } });
    assert.equal((await enforced(["log"])).outcome, "allowed");
    const denied = await enforced(["notify"]);
    assert.deepEqual([denied.outcome, denied.is, denied.id, denied.unmet], ["denied", false, "d", ["log"]]);
    for (const type of ["refuse", "fail"])
      assert.equal((await enforced(["log", type], [...obligations, { type }])).outcome, "denied");
  });

  test("a grant names scopes where it is allowed, and none elsewhere", async () => {
    const question = { clientId: "reader-app", scopes: ["view_observations"] };
    const ask = (faults: readonly Fault[]) => {
      proxy.faults.splice(0, Infinity, ...faults);
      return call({ call: "decide_grant", question, settings: { url: proxy.url, key, retries: 0 } });
    };
    const { answer } = await ask([]);
    assert.deepEqual([answer.outcome, answer.scope], ["allowed", "view_observations"], JSON.stringify(answer));
    const lost = await ask(["cut"]);
    assert.deepEqual([lost.answer.outcome, lost.answer.scope], ["error", null]);
    const grant = { id: "g", outcome: "ALLOW", scope: null, scopes: [], summary: "", reasons: [] };
    const half = await ask([{ status: 200, body: JSON.stringify({ data: { decideGrant: grant } }) }]);
    assert.equal(half.answer.outcome, "error");
  });

  test("a token is worth what the service says", async () => {
    const { answer } = await call({ call: "introspect", question: "x", settings: { url: proxy.url, key } });
    assert.deepEqual([answer.outcome, answer.is], ["error", false]);
    assert.match(answer.error.message, /guardAudiences/);
    proxy.faults.push({ status: 200, body: '{"active":false}' });
    const inactive = await call({ call: "introspect", question: "x", settings: { url: proxy.url, key } });
    assert.deepEqual([inactive.answer.outcome, inactive.answer.is], ["inactive", false]);
    proxy.faults.push({ status: 200, body: '{"active":true,"sub":"ada"}' });
    const active = await call({ call: "introspect", question: "x", settings: { url: proxy.url, key } });
    assert.deepEqual([active.answer.is, active.answer.claims.sub], [true, "ada"]);
    proxy.faults.push({ status: 200, body: '{"active":"true"}' });
    const odd = await call({ call: "introspect", question: "x", settings: { url: proxy.url, key } });
    assert.equal(odd.answer.outcome, "error");
  });

  test("a token is asked for at each attempt; on_decision hears of answers, and what it raises is dropped", async () => {
    proxy.faults.splice(0, Infinity, "cut");
    const { answer, heard } = await call({
      ...{ call: "authorize", question: READ, hear: true },
      settings: { url: proxy.url, tokens: ["stale", key], timeout: 5 },
    });
    assert.equal(answer.outcome, "allowed");
    assert.deepEqual(heard, [[READ, "allowed", true]]);
    const bad = await call({ call: "authorize", question: READ, settings: { url: proxy.url, tokens: ["two words"] } });
    assert.equal(bad.answer.error.kind, "unauthorized");
    assert.ok(!JSON.stringify(bad).includes("two words"));
  });

  test("wrong settings are raised, and named", async () => {
    const url = "http://127.0.0.1:4000";
    for (const [settings, name] of [
      [{ key: "k" }, "url"],
      [{ url: "pdp.example.org", key: "k" }, "url"],
      [{ url: "https://user:pw@x", key: "k" }, "url"],
      [{ url: "https://x/?a", key: "k" }, "url"],
      [{ url }, "key or token"],
      [{ url, key: "" }, "key"],
      [{ url, key: "two words" }, "key"],
      [{ url, key: "k", timeout: 0 }, "timeout"],
      [{ url, key: "k", timeout: "1" }, "timeout"],
      [{ url, key: "k", retries: 11 }, "retries"],
      [{ url, key: "k", retries: true }, "retries"],
    ] as const) {
      const { raised } = await call({ call: "authorize", question: READ, settings });
      assert.ok(raised?.startsWith(`${name} must`), JSON.stringify([settings, raised]));
    }
  });
});
