import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ApolloServer } from "@apollo/server";
import { ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import {
  ADMIN_KEY,
  applyPolicy,
  request,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "../../http/support.ts";

let service: Service;
let serviceKey: string;
before(async () => {
  service = await startService({ NODE_ENV: "production", SCOPEWARDEN_MAX_DECISIONS: "5" });
  await applyPolicy(service, SMALL_POLICY);
  serviceKey = (await service.createKey("SERVICE")).key;
});
after(() => service.stop());

/** How many requests Apollo was asked. */
let inFull = 0;
const { executeHTTPGraphQLRequest } = ApolloServer.prototype;
ApolloServer.prototype.executeHTTPGraphQLRequest = function (...asked) {
  inFull += 1;
  return executeHTTPGraphQLRequest.apply(this, asked);
};

/** The usual form, which is answered by the compiled operation once Apollo has answered it, and one that never is. */
const USUAL = "application/json";
const IN_FULL = "application/json;  charset=utf-8";

interface Asked {
  readonly body: unknown;
  readonly key?: () => string;
  readonly accept?: string;
  readonly path?: string;
}

/** All of an answer that does not differ from request to request, and what its log line says. */
async function answered(asked: Asked, contentType: string): Promise<unknown> {
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
const decide = one.replace("query One", "mutation One").replace("authorize(", "decide(");
const batch = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id outcome } }";
const input = { ...SMALL_REQUEST, requestId: "plain-1" };
const admin = (): string => ADMIN_KEY;
const variables = { input };

const requests: Readonly<Record<string, Asked>> = {
  "a decision": { body: { query: one, variables } },
  "a batch": { body: { query: batch, variables: { inputs: [input, { ...input, requestId: "plain-2" }] } } },
  "a decision as a mutation": { body: { query: decide, variables } },
  "a batch as a mutation": {
    body: {
      query: batch.replace("query", "mutation").replace("authorizeBatch", "decideBatch"),
      variables: { inputs: [input, { ...input, requestId: "plain-2" }] },
    },
  },
  "more decisions than are allowed, as mutations": {
    body: {
      query: `mutation($input: AuthorizeInput!) { ${"abcdef".replace(/./g, "$&: decide(input: $input) { id } ")} }`,
      variables,
    },
  },
  "a question that is not well formed, as a mutation": {
    body: { query: decide, variables: { input: { ...input, clientId: "" } } },
  },
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

/** Those that their compiled operation answers. */
const compiled: ReadonlySet<string> = new Set([
  "a decision",
  "a batch",
  "a decision as a mutation",
  "a batch as a mutation",
  "a token",
  "the operation's name",
  "null for the name",
  "null for extensions",
  "any media type",
  "the media type of GraphQL",
  "several media types",
]);

describe("both ways answer alike: status, headers, body and log line", () => {
  for (const [name, asked] of Object.entries(requests)) {
    test(name, async () => {
      // The decisions are there from the first time on, and what can be compiled is from the second on.
      await answered(asked, IN_FULL);
      const byApollo = await answered(asked, IN_FULL);
      const before = inFull;
      for (let time = 1; time <= 3; time += 1) assert.deepEqual(await answered(asked, USUAL), byApollo, `time ${time}`);
      if (compiled.has(name)) assert.equal(inFull, before, "Apollo was asked");
    });
  }
  test("and each of those that are said to be compiled is there", () => {
    for (const name of compiled) assert(requests[name], name);
  });
});

test("the first two requests are answered by Apollo, as is each that accepts something new", async () => {
  const body = { query: one.replace("One", "Other"), variables };
  const ways: boolean[] = [];
  for (const accept of ["a/b, */*", "a/b, */*", "a/b, */*", "a/c, */*", "a/c, */*"]) {
    const before = inFull;
    await answered({ body, accept }, USUAL);
    ways.push(inFull > before);
  }
  assert.deepEqual(ways, [true, true, false, true, false]);
});

test("what one caller has made known is no way in for another", async () => {
  const { key } = await service.createKey("REVIEWER");
  const body = { query: one, variables };
  for (let time = 1; time <= 3; time += 1) await answered({ body }, USUAL);
  const refused = (await answered({ body, key: () => key }, USUAL)) as {
    readonly status: number;
    readonly text: string;
  };
  assert.equal(refused.status, 403);
  assert.match(refused.text, /authorize needs the role service; this caller holds reviewer/);
  assert.deepEqual(await answered({ body, key: () => key }, IN_FULL), refused);
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
    const inFull = (await answered({ body: { query } }, IN_FULL)) as { readonly status: number; readonly text: string };
    assert.equal(inFull.status, failure instanceof ScopewardenError ? 503 : 500);
    assert(!inFull.text.includes("canary"));
    for (let time = 1; time <= 3; time += 1) {
      assert.deepEqual(await answered({ body: { query } }, IN_FULL), inFull);
      assert.deepEqual(await answered({ body: { query } }, USUAL), inFull);
    }
    assert.equal(broken.calls, 7, "each question is decided once");
    Object.assign(journal, { append: original });
    for (let time = 1; time <= 3; time += 1) await answered({ body: { query } }, USUAL);
    const brokenAgain = fail();
    assert.deepEqual(await answered({ body: { query } }, USUAL), inFull);
    assert.equal(brokenAgain.calls, 1);
  });
}
