import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ADMIN_KEY,
  type Answer,
  AUTHORIZE,
  applyPolicy,
  request,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

let service: Service;
before(async () => {
  service = await startService();
  await applyPolicy(service, SMALL_POLICY);
});
after(() => service.stop());

const authorization = { authorization: `Bearer ${ADMIN_KEY}` };
const json = { ...authorization, "content-type": "application/json" };
const post = (body: string, headers: Record<string, string> = json): Promise<Answer> =>
  request(`${service.url}/graphql`, { method: "POST", headers, body });

async function stillDecides(): Promise<void> {
  const { status, body } = await service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST } });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.data.authorize.outcome, "ALLOW");
  assert.equal((await service.get("/readyz")).status, 200);
}

function refused(answer: Answer, status: number, code: string, message?: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body?.errors?.[0]?.extensions?.code, code, answer.text);
  if (message !== undefined) assert.match(answer.body.errors[0].message, message);
  assert(!/ at .*\.[jt]s|SELECT|INSERT|node_modules|stacktrace/.test(answer.text), answer.text);
}

const one = 'authorize(input: { clientId: "reader-app", action: "read", resource: { type: "Observation" } }) { id }';
const aliases = (n: number): string => Array.from({ length: n }, (_, i) => `a${i}: ${one}`).join(" ");
const inputs = (n: number): unknown[] => Array.from({ length: n }, () => SMALL_REQUEST);

test("malformed JSON", async () =>
  refused(await post('{"query": "{ __typename'), 400, "BAD_USER_INPUT", /not valid JSON/));
test("an empty body", async () => refused(await post(""), 400, "BAD_USER_INPUT"));
test("a body that is no object", async () => {
  for (const body of ["[]", "1", "null", '"x"']) refused(await post(body), 400, "BAD_REQUEST");
});
test("a batch of HTTP requests", async () =>
  refused(await post('[{"query":"{ __typename }"},{"query":"{ __typename }"}]'), 400, "BAD_REQUEST"));
test("a prototype in the body, plain or escaped", async () => {
  for (const name of ["__proto__", "\\u005f_proto__", "__pr\\u006fto__"])
    refused(await post(`{"query":"{ __typename }","${name}":{"x":1}}`), 400, "BAD_USER_INPUT");
});
test("another content type", async () => {
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/graphql",
  ]) {
    refused(
      await post('{"query":"{ __typename }"}', { ...authorization, "content-type": type }),
      415,
      "BAD_USER_INPUT",
      /application\/json/,
    );
  }
});
test("a body over 48 KiB", async () => {
  refused(
    await post(JSON.stringify({ query: "{ __typename }", x: "x".repeat(49_152) })),
    413,
    "LIMIT_EXCEEDED",
    /too large/,
  );
  const within = await post(JSON.stringify({ query: "{ __typename }", x: "x".repeat(48_000) }));
  assert.equal(within.status, 200);
});
test("a document that does not parse", async () =>
  refused(await service.ask("{ authorize("), 400, "GRAPHQL_PARSE_FAILED"));
test("a document of more than 1,000 tokens", async () =>
  refused(await service.ask(`{ ${"__typename ".repeat(1001)} }`), 400, "LIMIT_EXCEEDED", /more than 1000 tokens/));
test("fields nested more than 12 deep", async () => {
  const deep = `{ scopes { edges { node { ${"grants { client { ".repeat(5)} id ${"} }".repeat(5)} } } } }`;
  refused(await service.ask(deep), 400, "LIMIT_EXCEEDED", /14 levels deep; at most 12/);
});
test("more than 100 decisions: by aliases", async () => {
  const short = "authorize(input: $i) { id }";
  const many = (n: number) =>
    `query($i: AuthorizeInput!) { ${Array.from({ length: n }, (_, i) => `a${i}: ${short}`).join(" ")} }`;
  // 101 aliases have more than 1,000 tokens, so the tokens are the first to be counted.
  refused(await service.ask(many(101), { variables: { i: SMALL_REQUEST } }), 400, "LIMIT_EXCEEDED");
});
test("more than 100 decisions: by a batch", async () => {
  const batch = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }";
  refused(
    await service.ask(batch, { variables: { inputs: inputs(101) } }),
    400,
    "LIMIT_EXCEEDED",
    /101 decisions; at most 100/,
  );
  const { body } = await service.ask(batch, { variables: { inputs: inputs(100) } });
  assert.equal(body.data.authorizeBatch.length, 100);
});
test("more than 100 decisions: by both, and by fragments", async () => {
  const both =
    "query($inputs: [AuthorizeInput!]!, $i: AuthorizeInput!) { authorizeBatch(inputs: $inputs) { id } authorize(input: $i) { id } }";
  const variables = { inputs: inputs(100), i: SMALL_REQUEST };
  refused(await service.ask(both, { variables }), 400, "LIMIT_EXCEEDED", /101 decisions/);
  const fragments =
    "query($inputs: [AuthorizeInput!]!, $i: AuthorizeInput!) { ...B ... on Query { authorize(input: $i) { id } } } fragment B on Query { authorizeBatch(inputs: $inputs) { id } }";
  refused(await service.ask(fragments, { variables }), 400, "LIMIT_EXCEEDED", /101 decisions/);
});
test("what was refused was not decided", async () => {
  const before = await service.ask("{ decisions(first: 1) { edges { node { id } } } }");
  await service.ask(`{ ${aliases(3)} scopes { nothing } }`);
  await service.ask("query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }", {
    variables: { inputs: inputs(101) },
  });
  const afterwards = await service.ask("{ decisions(first: 1) { edges { node { id } } } }");
  assert.equal(before.text, afterwards.text);
});
test("a field that is not there", async () =>
  refused(await service.ask("{ authorise }"), 400, "GRAPHQL_VALIDATION_FAILED", /Cannot query field "authorise"/));
test("variables of another type, and variables that are missing", async () => {
  refused(
    await service.ask(AUTHORIZE, { variables: { input: { ...SMALL_REQUEST, action: 7 } } }),
    400,
    "BAD_USER_INPUT",
  );
  refused(
    await service.ask(AUTHORIZE, { variables: { input: { ...SMALL_REQUEST, nothing: 1 } } }),
    400,
    "BAD_USER_INPUT",
  );
  refused(await service.ask(AUTHORIZE), 400, "BAD_USER_INPUT");
  refused(await service.ask(AUTHORIZE, { variables: "x" }), 400, "BAD_REQUEST");
  refused(await service.ask("query($x: Nothing!) { __typename }"), 400, "GRAPHQL_VALIDATION_FAILED");
});
test("an input that the domain refuses is an error of its field", async () => {
  const { status, body } = await service.ask(AUTHORIZE, {
    variables: { input: { ...SMALL_REQUEST, clientId: "a\u0000b" } },
  });
  assert.deepEqual([status, body.data, body.errors[0].extensions.code], [200, null, "BAD_USER_INPUT"]);
  assert.equal(body.errors[0].extensions.http, undefined);
});
test("context over 16 KiB, or nested more than 6 levels deep", async () => {
  let nested: unknown = 1;
  for (let i = 0; i < 7; i++) nested = { a: nested };
  for (const attributes of [{ a: "x".repeat(16_384) }, nested]) {
    const { body } = await service.ask(AUTHORIZE, {
      variables: { input: { ...SMALL_REQUEST, context: { attributes } } },
    });
    assert.equal(body.errors[0].extensions.code, "BAD_USER_INPUT");
  }
});
test("JSON nested twenty thousand levels deep, wherever it stands", async () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const input = JSON.stringify(SMALL_REQUEST).slice(0, -1);
  const within = await post(
    `{"query":${JSON.stringify(AUTHORIZE)},"variables":{"input":${input},"context":{"attributes":{"a":${deep}}}}}}`,
  );
  assert.equal(within.body.errors[0].extensions.code, "BAD_USER_INPUT", within.text);
  refused(await post(`{"query":${JSON.stringify(AUTHORIZE)},"variables":{"input":${deep}}}`), 400, "BAD_USER_INPUT");
  assert.equal((await post(`{"query":"{ __typename }","extensions":{"x":${deep}}}`)).status, 200);
  await stillDecides();
});
test("an operation name that is not there", async () => {
  const answer = await post(JSON.stringify({ query: "query A { __typename }", operationName: "B" }));
  refused(answer, 400, "OPERATION_RESOLUTION_FAILURE");
});
test("a query that is named by its hash alone", async () => {
  const persisted = { extensions: { persistedQuery: { version: 1, sha256Hash: "a".repeat(64) } } };
  refused(await post(JSON.stringify(persisted)), 200, "PERSISTED_QUERY_NOT_SUPPORTED");
});
test("GraphQL by another method than POST, with the reason", async () => {
  const path = `/graphql?query=${encodeURIComponent("{ __typename }")}`;
  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const headers = { ...authorization, "apollo-require-preflight": "1" };
    const answer = await request(service.url + path, { method, headers });
    refused(answer, 405, "BAD_USER_INPUT", /asked by POST, queries too: .* logs, .* cache/);
    assert.equal(answer.headers.get("allow"), "POST");
  }
  const answer = await request(service.url + path, { method: "HEAD", headers: authorization });
  assert.deepEqual([answer.status, answer.headers.get("allow"), answer.text], [405, "POST", ""]);
});
test("an operation of the policy with two fields, with none, or with null", async () => {
  const change = (operation: string): Promise<Answer> =>
    service.ask(`mutation { applyPolicy(input: { operations: [${operation}], reason: "x" }) { revision } }`);
  for (const operation of ['{ deleteClient: { id: "a" }, deleteRole: { name: "b" } }', "{}", "{ deleteRole: null }"])
    refused(await change(operation), 400, "GRAPHQL_VALIDATION_FAILED", /PolicyOperation/);
  const inVariables =
    'mutation($o: [PolicyOperation!]!) { applyPolicy(input: { operations: $o, reason: "x" }) { revision } }';
  for (const operation of [{ deleteClient: { id: "a" }, deleteRole: { name: "b" } }, {}, { deleteRole: null }]) {
    const answer = await service.ask(inVariables, { variables: { o: [operation] } });
    refused(answer, 400, "BAD_USER_INPUT", /PolicyOperation|deleteRole/);
  }
});
test("an address where nothing is", async () => {
  refused(await service.get("/nothing"), 404, "NOT_FOUND");
  for (const path of [
    "/graphql/",
    "/%2e%2e/etc/passwd",
    "/playground/../../package.json",
    "/playground/%2e%2e/playground.ts",
    "/playground/examples/10-service-authorize.graphql",
    "/PLAYGROUND",
  ]) {
    assert.equal((await service.get(path)).status, 404, path);
  }
});
test("a request that is no HTTP", async () => {
  const { connect } = await import("node:net");
  const { hostname, port } = new URL(service.url);
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write("GARBAGE\r\n\r\n"));
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("end", () => resolve(text)).on("error", reject);
  });
  assert.match(reply, /^HTTP\/1.1 400 /);
});
test("a root field that the caller may not ask for refuses the whole request", async () => {
  const { key } = await service.createKey("SERVICE");
  refused(
    await service.ask(`{ ${one} scopes { pageInfo { hasNextPage } } }`, { key }),
    403,
    "FORBIDDEN",
    /scopes needs the role/,
  );
  refused(
    await service.ask('mutation { deleteClient(input: { id: "reader-app" }, reason: "x") { revision } }', { key }),
    403,
    "FORBIDDEN",
  );
});
test("answers to JSON's accept header and to GraphQL's own", async () => {
  const type = async (accept: string) =>
    (await service.ask("{ __typename }", { headers: { accept } })).headers.get("content-type");
  assert.equal(await type("application/json"), "application/json; charset=utf-8");
  assert.equal(await type("application/graphql-response+json"), "application/graphql-response+json; charset=utf-8");
  assert.equal((await service.ask("{ __typename }", { headers: { accept: "image/png" } })).status, 406);
});
test("a root field that is left out needs no permission, by a variable too; and a reason says what its message is printed of", async () => {
  const { key } = await service.createKey("SERVICE");
  const query = `query($input: AuthorizeInput!, $policy: Boolean!) { clients(first: 1) @include(if: $policy) { edges { cursor } }
    authorize(input: $input) { outcome reasons { code message parameters } } }`;
  const input = { ...SMALL_REQUEST, clientId: "nobody" };
  refused(await service.ask(query, { key, variables: { input, policy: true } }), 403, "FORBIDDEN", /clients/);
  const { body, text } = await service.ask(query, { key, variables: { input, policy: false } });
  assert.equal(body.errors, undefined, text);
  assert.deepEqual(body.data.authorize, {
    outcome: "DENY",
    reasons: [
      {
        code: "UNKNOWN_CLIENT",
        message: "There is no client nobody; an admin can create it.",
        parameters: { clientId: "nobody" },
      },
    ],
  });
});
test("after all that it is healthy and decides", stillDecides);
