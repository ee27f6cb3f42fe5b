import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { getOperationAST, parse } from "graphql";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import type { Domain } from "../../src/domain/domain.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { newRequestFacts } from "../../src/doors/requestFacts.ts";
import { formatGraphqlError } from "../../src/graphql/door/errors.ts";
import { createGraphqlDoor } from "../../src/graphql/door/graphqlDoor.ts";
import { bodyOf, JsonText } from "../../src/graphql/door/jsonText.ts";
import { createKnownOperations } from "../../src/graphql/door/knownOperations.ts";
import { buildScopewardenSchema } from "../../src/graphql/door/schema.ts";
import { createAcceptedTypes, plainQuestion } from "../../src/graphql/door/usualRequest.ts";
import { createLog } from "../../src/process/log.ts";
import { createMetrics } from "../../src/process/metrics.ts";
import { ADMIN_KEY, applyPolicy, request, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

let service: Service;
let serviceKey: string;
before(async () => {
  service = await startService({ NODE_ENV: "production", SCOPEWARDEN_MAX_DECISIONS: "5" });
  await applyPolicy(service, SMALL_POLICY);
  serviceKey = (await service.createKey("SERVICE")).key;
});
after(() => service.stop());

/** The usual form, which is answered in the shorter way once Apollo has answered it, and one that never is. */
const PLAIN = "application/json";
const IN_FULL = "application/json;  charset=utf-8";

interface Asked {
  readonly body: unknown;
  readonly key?: () => string;
  readonly accept?: string;
  readonly path?: string;
}

/** All of an answer that does not differ from request to request, and what its log line says. */
async function told(asked: Asked, contentType: string): Promise<unknown> {
  const { body, key = () => serviceKey, accept, path = "/graphql" } = asked;
  const before = service.lines.length;
  const answer = await request(service.url + path, {
    method: "POST",
    headers: {
      "content-type": contentType,
      authorization: `Bearer ${key()}`,
      ...(accept === undefined ? {} : { accept }),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  // The line is written when the answer is out.
  const written = (): string | undefined => service.lines.slice(before).find((line) => line.includes('"route"'));
  while (written() === undefined) await new Promise((resolve) => setImmediate(resolve));
  const { time: _time, requestId: _id, ms: _ms, causes, ...noted } = JSON.parse(written() ?? "{}");
  // Fastify closes a connection on which something came that is no JSON, as more could come; here all of it has been read.
  const ofConnection = ["connection", "date", "keep-alive", "x-request-id"];
  const headers = [...answer.headers].filter(([name]) => !ofConnection.includes(name));
  return { status: answer.status, headers, text: answer.text, noted, causes: causes?.length };
}

const one = "query One($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code } decidedAt } }";
const batch = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id outcome } }";
const input = { ...SMALL_REQUEST, requestId: "plain-1" };
const admin = (): string => ADMIN_KEY;
const variables = { input };

const requests: Readonly<Record<string, Asked>> = {
  "a decision": { body: { query: one, variables } },
  "a batch": { body: { query: batch, variables: { inputs: [input, { ...input, requestId: "plain-2" }] } } },
  "a token": {
    body: {
      query: "query($i: DecideGrantInput!) { decideGrant(input: $i) { id scope } }",
      variables: { i: { clientId: "reader-app", scopes: ["view_observations"], requestId: "plain-3" } },
    },
  },
  "a list": { key: admin, body: { query: "{ scopes { edges { node { name } } } }" } },
  "a mutation that fails": {
    key: admin,
    body: { query: 'mutation { deleteScope(input: { name: "none" }, reason: "x") { revision } }' },
  },
  "a syntax error": { body: { query: "{ authorize(" } },
  "a validation error": { body: { query: "{ authorise { id } }" } },
  "an introspection": { body: { query: "{ __schema { types { name } } }" } },
  "more tokens than are allowed": { body: { query: `{ ${"a ".repeat(20_000)}}` } },
  "deeper than is allowed": {
    body: { query: `{ __schema ${"{ types { fields { type ".repeat(9)}{ name }${" } } }".repeat(9)} }` },
  },
  "more decisions than are allowed": { body: { query: batch, variables: { inputs: Array(6).fill(input) } } },
  "a question that is not well formed": { body: { query: one, variables: { input: { ...input, clientId: "" } } } },
  "variables of the wrong type": { body: { query: one, variables: { input: { ...input, action: 3 } } } },
  "no variables": { body: { query: one } },
  "null for variables": { body: { query: one, variables: null } },
  "a text for variables": { body: { query: one, variables: JSON.stringify(variables) } },
  "a list for variables": { body: { query: one, variables: [input] } },
  "a number for variables": { body: { query: one, variables: 1 } },
  "no query": { body: { variables } },
  "an empty query": { body: { query: "" } },
  "null for the query": { body: { query: null } },
  "a number for the query": { body: { query: 1 } },
  "a parsed query": { body: { query: { kind: "Document", definitions: [] } } },
  "an empty object": { body: {} },
  "a list of requests": { body: [{ query: one, variables }] },
  "a text": { body: '"x"' },
  "no JSON": { body: "{" },
  "the operation's name": { body: { query: one, variables, operationName: "One" } },
  "the name of no operation": { body: { query: one, variables, operationName: "Two" } },
  "an empty name": { body: { query: one, variables, operationName: "" } },
  "null for the name": { body: { query: one, variables, operationName: null } },
  "a number for the name": { body: { query: one, variables, operationName: 1 } },
  "two operations and no name": { body: { query: `${one} query Other { __typename }`, variables } },
  extensions: { body: { query: one, variables, extensions: { a: 1 } } },
  "null for extensions": { body: { query: one, variables, extensions: null } },
  "a text for extensions": { body: { query: one, variables, extensions: "x" } },
  "a list for extensions": { body: { query: one, variables, extensions: [] } },
  "a persisted query": { body: { extensions: { persistedQuery: { version: 1, sha256Hash: "x" } } } },
  "a persisted query with its text": {
    body: { query: one, variables, extensions: { persistedQuery: { version: 1, sha256Hash: "x" } } },
  },
  "a field that is not permitted": { body: { query: "{ scopes { edges { cursor } } }" } },
  "more in the URL": { path: "/graphql?query={__typename}", body: { query: one, variables } },
  "any media type": { accept: "*/*", body: { query: one, variables } },
  "the media type of GraphQL": { accept: "application/graphql-response+json", body: { query: one, variables } },
  "that media type for an error": { accept: "application/graphql-response+json", body: { query: "{ x }" } },
  "several media types": {
    accept: "application/graphql-response+json, application/json;q=0.9",
    body: { query: one, variables },
  },
  "a media type that there is not": { accept: "text/html", body: { query: one, variables } },
  "that for an error": { accept: "text/html", body: { query: "{ x }" } },
  "no sensible Accept": { accept: ";;;", body: { query: one, variables } },
};

describe("the usual form of a request is answered as any other: status, headers, body and log line", () => {
  for (const [name, asked] of Object.entries(requests)) {
    test(name, async () => {
      // The decisions are there from the first time on.
      await told(asked, IN_FULL);
      const inFull = await told(asked, IN_FULL);
      for (let time = 1; time <= 4; time += 1) assert.deepEqual(await told(asked, PLAIN), inFull, `time ${time}`);
    });
  }
});

test("what one caller has made known is no way in for another", async () => {
  const { key } = await service.createKey("REVIEWER");
  const body = { query: one, variables };
  for (let time = 1; time <= 3; time += 1) await told({ body }, PLAIN);
  const refused = (await told({ body, key: () => key }, PLAIN)) as { readonly status: number; readonly text: string };
  assert.equal(refused.status, 403);
  assert.match(refused.text, /authorize needs the role service; this caller holds reviewer/);
  assert.deepEqual(await told({ body, key: () => key }, IN_FULL), refused);
});

for (const [name, failure] of [
  ["an outage", new ScopewardenError("JOURNAL_UNAVAILABLE", "down")],
  ["an unforeseen failure", new TypeError("canary")],
] as const) {
  test(`${name} is told alike, before and after an operation is compiled`, async (t) => {
    const { journal } = service.app.storage;
    const original = journal.append;
    t.after(() => Object.assign(journal, { append: original }));
    const fail = (): { calls: number } => {
      const counted = { calls: 0 };
      const append = async (): Promise<never> => {
        counted.calls += 1;
        throw failure;
      };
      Object.assign(journal, { append });
      return counted;
    };
    const query = `query { authorize(input: { clientId: "reader-app", action: "read", resource: { type: "Observation", id: "${name.length}" } }) { id } }`;
    const broken = fail();
    const inFull = (await told({ body: { query } }, IN_FULL)) as { readonly status: number; readonly text: string };
    assert.equal(inFull.status, failure instanceof ScopewardenError ? 503 : 500);
    assert(!inFull.text.includes("canary"));
    for (let time = 1; time <= 3; time += 1) {
      assert.deepEqual(await told({ body: { query } }, IN_FULL), inFull);
      assert.deepEqual(await told({ body: { query } }, PLAIN), inFull);
    }
    assert.equal(broken.calls, 7, "each question is decided once");
    Object.assign(journal, { append: original });
    for (let time = 1; time <= 3; time += 1) await told({ body: { query } }, PLAIN);
    const brokenAgain = fail();
    assert.deepEqual(await told({ body: { query } }, PLAIN), inFull);
    assert.equal(brokenAgain.calls, 1);
  });
}

const asked = (more: { readonly method?: string; readonly type?: string; readonly body?: unknown }) => ({
  method: more.method ?? "POST",
  headers: { "content-type": more.type ?? PLAIN },
  body: "body" in more ? more.body : { query: "{ a }" },
});

test("the usual form is recognized, and nothing else is taken for it", () => {
  assert.deepEqual(plainQuestion(asked({})), { query: "{ a }" });
  assert.deepEqual(plainQuestion(asked({ type: "application/json; charset=utf-8" })), { query: "{ a }" });
  const all = { query: "{ a }", operationName: "A", variables: { a: 1 }, extensions: {} };
  assert.deepEqual(plainQuestion(asked({ body: { ...all, more: 1 } })), all);
  const nothing = { query: "{ a }", operationName: null, variables: null, extensions: null };
  assert.deepEqual(plainQuestion(asked({ body: nothing })), { query: "{ a }" });
  for (const other of [
    asked({ method: "GET" }),
    asked({ type: IN_FULL }),
    asked({ type: "text/plain" }),
    ...[null, "x", [], {}, { query: "" }, { query: 1 }].map((body) => asked({ body })),
    ...["operationName", "variables", "extensions"].map((name) => asked({ body: { query: "{ a }", [name]: 1 } })),
  ])
    assert.equal(plainQuestion(other), null);
});

test("a known operation is not taken to Apollo again, and a failure of the edge itself is told alike", async () => {
  const lines: string[] = [];
  let failing = false;
  const made = new Set<object>();
  const copies: boolean[] = [];
  const door = await createGraphqlDoor({
    room: {
      schema: buildScopewardenSchema(),
      createContext() {
        const context = {};
        made.add(context);
        return context;
      },
      formatError: formatGraphqlError,
      async answerCompiled({ document, context }) {
        if (failing) throw new Error("canary");
        // Apollo hands on a copy.
        copies.push(!made.has(context));
        return document.definitions.length === 1 ? '{"compiled":true}' : null;
      },
    },
    domain: { policy: {} } as Domain,
    metrics: createMetrics({
      policyRevision: () => 1,
      policyAgeMs: () => 0,
      hintsUp: null,
      journal: () => ({ queued: 0, lagMs: 0, failures: 0 }),
      followers: () => [],
    }),
    log: createLog({ level: "debug", destination: { write: (line: string) => void lines.push(line) } }),
    settings: { production: true, introspection: false, limits: { depth: 9, decisions: 9, tokens: 99 } },
  });
  const ask = async (query: string, type: string): Promise<unknown> => {
    const facts = {
      ...newRequestFacts(),
      caller: { id: "key:x", roles: new Set<CallerRole>(["service"]), defaultClientId: null },
    };
    const headers = { "content-type": type };
    const told = await door.ask({ method: "POST", search: "", headers, body: { query }, facts, requestId: "id" });
    return { ...told, headers: [...told.headers] };
  };
  const first = await ask("{ __typename }", PLAIN);
  assert.equal((first as { readonly body: string }).body, '{"data":{"compiled":true}}\n');
  assert.deepEqual(await ask("{ __typename }", PLAIN), first);
  assert.deepEqual(await ask("{ __typename }", IN_FULL), first);
  assert.deepEqual(copies, [true, false, true]);
  failing = true;
  const inFull = await ask("{ __typename }", IN_FULL);
  assert.equal((inFull as { readonly status: number }).status, 500);
  assert.deepEqual(await ask("{ __typename }", PLAIN), inFull);
  assert(!JSON.stringify(inFull).includes("canary") && !lines.join().includes("canary"), lines.join());
  await door.close();
});

test("operations are known by the text of their document, a bounded number of them", () => {
  const known = createKnownOperations();
  const learn = (query: string): void => {
    const document = parse(query);
    const operation = getOperationAST(document, "A") ?? getOperationAST(document);
    if (operation) known.learn(query, { document, operation });
  };
  learn("query A { a }");
  assert.equal(known.of("query A { a }", undefined)?.operation.name?.value, "A");
  assert.equal(known.of("query A { a }", "A")?.operation.name?.value, "A");
  for (const name of ["B", ""]) assert.equal(known.of("query A { a }", name), undefined);
  assert.equal(known.of("query A { a } ", undefined), undefined);
  learn("query A { a } query B { b }");
  assert.equal(known.of("query A { a } query B { b }", "A"), undefined);
  const long = `{ ${"a ".repeat(1000)}}`;
  learn(long);
  assert.equal(known.of(long, undefined), undefined);
  for (let i = 0; i < 50; i += 1) learn(`{ a${i} }`);
  assert.equal(known.of("query A { a }", undefined), undefined);
  assert(known.of("{ a0 }", undefined) && known.of("{ a49 }", undefined));
});

test("media types are learned from answers, a bounded number of them", () => {
  const types = createAcceptedTypes();
  assert.equal(types.of(undefined), undefined);
  types.learn(undefined, "application/json");
  assert.equal(types.of(undefined)?.contentType, "application/json");
  assert.equal(types.of("")?.headers.get("accept"), undefined);
  for (let i = 0; i < 1000; i += 1) types.learn(`a/${i}`, "a");
  assert.equal(types.of("a/62")?.headers.get("accept"), "a/62");
  assert.equal(types.of("a/63"), undefined);
  const others = createAcceptedTypes();
  others.learn("x".repeat(257), "a");
  assert.equal(others.of("x".repeat(257)), undefined);
});

test("text that is JSON already stands in the body as it is, and reads as what it says", () => {
  const data = new JsonText('{"a":1}');
  assert.equal(bodyOf({ data }), '{"data":{"a":1}}\n');
  assert.equal(bodyOf({ data, extensions: { b: 2 } }), '{"data":{"a":1},"extensions":{"b":2}}\n');
  assert.equal(bodyOf({ data: null, errors: [] }), '{"errors":[],"data":null}\n');
});
