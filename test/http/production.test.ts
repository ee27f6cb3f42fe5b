import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import {
  type Answer,
  AUTHORIZE,
  applyPolicy,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

let service: Service;
before(async () => {
  service = await startService({
    NODE_ENV: "production",
    SCOPEWARDEN_MAX_DECISIONS: "5",
    SCOPEWARDEN_MAX_CONTEXT_DEPTH: "2",
  });
  await applyPolicy(service, SMALL_POLICY);
});
after(() => service.stop());

const silent = (answer: Answer): void =>
  assert(!/stacktrace|node_modules|\bat \S+ \(|SELECT |INSERT |Did you mean|\.ts:\d/.test(answer.text), answer.text);

test("no suggestions: of fields, arguments, types and enum values", async () => {
  const questions = [
    "{ scopess { __typename } }",
    "{ scopes(frist: 1) { __typename } }",
    "{ ... on Querry { scopes { __typename } } }",
    "{ scopes(filter: { state: ACTIV }) { __typename } }",
    "{ scopes(filter: { stat: ACTIVE }) { __typename } }",
  ];
  for (const query of questions) {
    const answer = await service.ask(query);
    assert.equal(answer.status, 400, answer.text);
    silent(answer);
  }
  const variable = await service.ask("query($f: ScopeFilter) { scopes(filter: $f) { __typename } }", {
    variables: { f: { stat: "ACTIVE" } },
  });
  assert.equal(variable.status, 400);
  silent(variable);
});

test("no introspection", async () => {
  for (const query of ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }']) {
    const answer = await service.ask(query);
    assert.deepEqual([answer.status, answer.body.errors[0].extensions.code], [400, "GRAPHQL_VALIDATION_FAILED"]);
  }
});

test("no playground", async () => {
  for (const path of ["/playground", "/playground/", "/playground/graphiql.js", "/playground/examples.json"])
    assert.equal((await service.get(path)).status, 404, path);
});

test("each can be switched on", async () => {
  const open = await startService({
    NODE_ENV: "production",
    SCOPEWARDEN_PLAYGROUND: "on",
    SCOPEWARDEN_INTROSPECTION: "on",
  });
  try {
    assert.equal((await open.get("/playground")).status, 200);
    assert.equal((await open.ask("{ __schema { queryType { name } } }")).body.data.__schema.queryType.name, "Query");
  } finally {
    await open.stop();
  }
});

test("an unforeseen failure is a 500 that says nothing, and the log has its type and no message", async (t) => {
  const original = service.app.storage.decisions.decision;
  t.after(() => Object.assign(service.app.storage.decisions, { decision: original }));
  Object.assign(service.app.storage.decisions, {
    decision: async () => {
      throw Object.assign(new TypeError("SELECT * FROM decisions WHERE patient = 'canary-patient'"), {
        parameters: ["canary-patient"],
        query: "SELECT",
      });
    },
  });
  const answer = await service.ask('{ decision(id: "x") { id } }');
  assert.equal(answer.body.errors[0].extensions.code, "INTERNAL");
  assert(!answer.text.includes("canary"));
  silent(answer);
  const line = service.lines.find((l) => l.includes("request failed"));
  assert(line?.includes('"TypeError"') && !line.includes("canary") && !line.includes("SELECT"), line);
});

test("an outage is a real 503, to be tried again, with no data and no status in the body", async (t) => {
  const { journal } = service.app.storage;
  const original = journal.append;
  t.after(() => Object.assign(journal, { append: original }));
  Object.assign(journal, {
    append: async () =>
      Promise.reject(
        new ScopewardenError("JOURNAL_UNAVAILABLE", "The decision could not be recorded, so there is none."),
      ),
  });
  const query = "query($input: AuthorizeInput!) { authorize(input: $input) { outcome } __typename }";
  const answer = await service.ask(query, { variables: { input: SMALL_REQUEST } });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "1");
  assert.deepEqual(answer.body.data, null);
  assert.deepEqual(answer.body.errors[0].extensions, { code: "JOURNAL_UNAVAILABLE" });
});

test("a field that may be null does not hide an outage", async (t) => {
  const { decisions } = service.app.storage;
  const original = decisions.decision;
  t.after(() => Object.assign(decisions, { decision: original }));
  Object.assign(decisions, {
    decision: async () => Promise.reject(new ScopewardenError("JOURNAL_UNAVAILABLE", "down")),
  });
  const answer = await service.ask('{ decision(id: "x") { id } __typename }');
  assert.deepEqual([answer.status, answer.body.data], [503, null]);
});

test("limits are the configured ones: decisions by aliases", async () => {
  const query = (n: number) =>
    `query($input: AuthorizeInput!) { ${Array.from({ length: n }, (_, i) => `a${i}: authorize(input: $input) { outcome }`).join(" ")} }`;
  const answer = await service.ask(query(6), { variables: { input: SMALL_REQUEST } });
  assert.deepEqual(
    [answer.status, answer.body.errors[0].message],
    [400, "The request asks for 6 decisions; at most 5 are allowed in one request."],
  );
  assert.equal((await service.ask(query(5), { variables: { input: SMALL_REQUEST } })).status, 200);
});

test("limits are the configured ones: nesting of context", async () => {
  const asked = (attributes: unknown) =>
    service.ask(AUTHORIZE, { variables: { input: { ...SMALL_REQUEST, context: { attributes } } } });
  assert.match((await asked({ a: { b: { c: 1 } } })).body.errors[0].message, /at most 2 levels/);
  assert.equal((await asked({ a: { b: 1 } })).body.data.authorize.outcome, "ALLOW");
});

test("it still decides, and is healthy", async () => {
  assert.equal(
    (await service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST } })).body.data.authorize.outcome,
    "ALLOW",
  );
  assert.equal((await service.get("/readyz")).status, 200);
  assert.deepEqual((await service.get("/livez")).body, { status: "ok" });
  assert.equal((await service.get("/livez", { method: "HEAD" })).status, 200);
});
