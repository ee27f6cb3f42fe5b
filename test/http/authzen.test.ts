import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { after, before, describe, test } from "node:test";
import { APIS } from "../../src/authzen/authzenDoor.ts";
import { ENDPOINTS } from "../../src/authzen/metadata.ts";
import { DOORS } from "../../src/domain/callers/permissions.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { OPENAPI_PATH, openapi } from "../../src/http/authzenRoutes.ts";
import { clientKey, post, seed } from "./authzenSupport.ts";
import { ADMIN_KEY, type Answer, request, type Service, startService } from "./support.ts";

const RICK = "CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs";
const ASK = {
  subject: { type: "user", id: RICK },
  action: { name: "can_read_todos" },
  resource: { type: "todo", id: "todo-1" },
};
/** A search under a constrained scope, in the demo hospital. */
const CONSTRAINED_SEARCH = {
  subject: { type: "user", id: "tess" },
  action: { name: "search" },
  resource: { type: "Observation", id: "-", properties: { patient: "ada", organization: "city-lab" } },
  context: { scopes: "view_lab_results", purpose_of_use: "TREAT" },
};
const PATHS = Object.keys(APIS);
const EVALUATION = "/access/v1/evaluation";

let service: Service;
let pep: { key: string; id: string };
before(async () => {
  service = await startService();
  await seed(service, "todo");
  pep = await clientKey(service, "todo-app");
});
after(() => service.stop());

const ask = (path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  post(service, path, body, { key: pep.key, ...(headers === undefined ? {} : { headers }) });

function refused(answer: Answer, status: number, code: string, message: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(Object.keys(answer.body), ["error"]);
  assert.deepEqual([answer.body.error.status, answer.body.error.code], [status, code]);
  assert.match(answer.body.error.message, message);
  assert(!/ at .*\.[jt]s|SELECT|INSERT|node_modules/.test(answer.text), answer.text);
}

/** HEAD, whose answer has no body, and OPTIONS, which tells the methods. */
async function otherMethods(path: string, allow: string, head: number, key: string | null = pep.key): Promise<void> {
  const headers = { "x-request-id": "edge-1", ...(key === null ? {} : { authorization: `Bearer ${key}` }) };
  const options = await request(service.url + path, { method: "OPTIONS", headers });
  assert.deepEqual([options.status, options.headers.get("allow"), options.text], [204, allow, ""]);
  assert.equal(options.headers.get("x-request-id"), "edge-1");
  const answer = await request(service.url + path, { method: "HEAD", headers });
  assert.deepEqual([answer.status, answer.text, answer.headers.get("x-request-id")], [head, "", "edge-1"]);
  if (head !== 200) return;
  const whole = await request(service.url + path, { headers });
  for (const name of ["content-type", "content-length"])
    assert.equal(answer.headers.get(name), whole.headers.get(name), name);
}

async function decisions(): Promise<{ id: string; by: { callerId: string }; outcome: string }[]> {
  const { body } = await service.ask("{ decisions(first: 100) { edges { node { id by { callerId } outcome } } } }");
  return body.data.decisions.edges.map(({ node }: { node: unknown }) => node);
}

describe("AuthZEN over HTTP", () => {
  test("the journal holds exactly what was answered, under the caller's id", async () => {
    const earlier = new Set((await decisions()).map(({ id }) => id));
    const one = await ask(EVALUATION, { ...ASK, options: { explain: true } });
    assert.equal(one.body.decision, true);
    const many = await ask("/access/v1/evaluations", {
      ...ASK,
      options: { explain: true },
      evaluations: [{}, { resource: { type: "todo" } }, { subject: { type: "user", id: "nobody" } }],
    });
    assert.deepEqual(
      many.body.evaluations.map(({ decision }: { decision: boolean }) => decision),
      [true, false, false],
    );
    await ask("/access/v1/search/subject", { ...ASK, subject: { type: "user" } });
    await ask(EVALUATION, { ...ASK, subject: "x" });
    const told = [one.body, ...many.body.evaluations].flatMap(({ decision, context }) =>
      context.decision_id === undefined
        ? []
        : [{ id: context.decision_id, by: { callerId: `key:${pep.id}` }, outcome: decision ? "ALLOW" : "DENY" }],
    );
    assert.equal(told.length, 3);
    const added = (await decisions()).filter(({ id }) => !earlier.has(id));
    assert.deepEqual(new Map(added.map((d) => [d.id, d])), new Map(told.map((d) => [d.id, d])));
  });

  test("the searches answer", async () => {
    const whoDeletes = await ask("/access/v1/search/subject", {
      subject: { type: "user" },
      action: { name: "can_delete_todo" },
      resource: { type: "todo", id: "t", properties: { ownerID: "beth@the-smiths.com" } },
    });
    const rick = { type: "user", id: RICK, properties: { email: "rick@the-citadel.com" } };
    assert.equal(whoDeletes.text, JSON.stringify({ page: { next_token: "" }, results: [rick] }));
    const { action: _, ...what } = ASK;
    const actions = await ask("/access/v1/search/action", what);
    assert.equal(
      actions.text,
      JSON.stringify({
        page: { next_token: "" },
        results: ["can_create_todo", "can_delete_todo", "can_read_todos", "can_update_todo"].map((name) => ({ name })),
      }),
    );
  });

  test("the request's X-Request-ID comes back, on errors too; without one there is ours", async () => {
    const id = "bfe9eb29 any string, even \u00e9";
    const asked = { "x-request-id": id };
    const answers = [
      await ask(EVALUATION, ASK, asked),
      await ask(EVALUATION, "{", asked),
      await ask(EVALUATION, "x=1", { ...asked, "content-type": "text/plain" }),
      await post(service, EVALUATION, ASK, { key: null, headers: asked }),
      await post(service, EVALUATION, ASK, { key: (await service.createKey("ADMIN")).key, headers: asked }),
      await request(`${service.url}/.well-known/authzen-configuration`, { headers: asked }),
      await request(`${service.url}/.well-known/authzen-configuration/nobody`, { headers: asked }),
      await request(service.url + EVALUATION, { headers: { ...asked, authorization: `Bearer ${pep.key}` } }),
      await ask("/access/v1/nothing", ASK, asked),
    ];
    for (const answer of answers) assert.equal(answer.headers.get("x-request-id"), id, answer.text);
    assert.match((await ask(EVALUATION, ASK)).headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    assert(!service.lines.join().includes("bfe9eb29"), "not in the log");
  });

  for (const path of PATHS) {
    test(`${path}: errors have the standard's status`, async () => {
      refused(await post(service, path, ASK, { key: null }), 401, "UNAUTHENTICATED", /Send an API key/);
      const wrong = await post(service, path, ASK, { key: "wrong" });
      refused(wrong, 401, "UNAUTHENTICATED", /not valid/);
      assert.match(wrong.headers.get("www-authenticate") ?? "", /^Bearer /);
      for (const role of ["ADMIN", "REVIEWER", "AUDITOR", "CONSENT"]) {
        const { key } = await service.createKey(role);
        refused(await post(service, path, ASK, { key }), 403, "FORBIDDEN", /needs the role service/);
      }
      refused(await ask(path, ""), 400, "BAD_USER_INPUT", /empty/);
      refused(await ask(path, '{"subject":'), 400, "BAD_USER_INPUT", /not valid JSON/);
      refused(await ask(path, "[]"), 400, "BAD_USER_INPUT", /must be a JSON object/);
      refused(await ask(path, '{"subject":{"__proto__":1}}'), 400, "BAD_USER_INPUT", /not valid/);
      for (const type of ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
        refused(
          await ask(path, JSON.stringify(ASK), { "content-type": type }),
          400,
          "BAD_USER_INPUT",
          /application\/json/,
        );
      refused(await ask(path, { pad: "x".repeat(70_000) }), 400, "LIMIT_EXCEEDED", /too large/);
      refused(await ask(path, {}), 400, "BAD_USER_INPUT", /is missing/);
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await request(service.url + path, { method, headers: { authorization: `Bearer ${pep.key}` } });
        refused(answer, 405, "BAD_USER_INPUT", /asked by POST: .* URLs/);
        assert.equal(answer.headers.get("allow"), "POST, OPTIONS");
      }
      await otherMethods(path, "POST, OPTIONS", 405);
    });
  }

  test("an address where nothing is", async () => {
    for (const path of ["/access/v1/nothing", "/access/v1/evaluation/", "/access/v1/evaluation/x"]) {
      refused(await ask(path, ASK), 404, "NOT_FOUND", /nothing at this address/);
      refused(await post(service, path, ASK, { key: null }), 401, "UNAUTHENTICATED", /./);
    }
  });

  test("a missing content type is 400", async () => {
    const body = new Blob([JSON.stringify(ASK)]);
    const answer = await request(service.url + EVALUATION, {
      method: "POST",
      headers: { authorization: `Bearer ${pep.key}` },
      body,
    });
    refused(answer, 400, "BAD_USER_INPUT", /application\/json/);
  });

  test("too many evaluations are 400 with the limit", async () => {
    const answer = await ask("/access/v1/evaluations", {
      ...ASK,
      evaluations: Array.from({ length: 101 }, () => ({})),
    });
    refused(answer, 400, "LIMIT_EXCEEDED", /at most 100 items, not 101/);
    assert.equal(
      (await ask("/access/v1/evaluations", { ...ASK, evaluations: Array.from({ length: 100 }, () => ({})) })).status,
      200,
    );
  });

  test("a caller without a default client must name one", async () => {
    const { key } = await clientKey(service, null);
    refused(await post(service, EVALUATION, ASK, { key }), 400, "BAD_USER_INPUT", /^context\.client_id: is missing/);
    const named = { ...ASK, context: { client_id: "todo-app" } };
    assert.equal((await post(service, EVALUATION, named, { key })).text, '{"decision":true}');
    assert.equal((await post(service, EVALUATION, named, { key: ADMIN_KEY })).text, '{"decision":true}');
  });

  test("a request makes one log line, with nothing of its payload", async () => {
    const before = service.lines.length;
    await ask(EVALUATION, { ...ASK, subject: { type: "user", id: "secret-patient" } });
    const lines = service.lines.slice(before);
    const line = JSON.parse(lines.find((text) => text.includes(EVALUATION)) ?? "{}");
    assert.deepEqual([line.route, line.status, line.denied, line.caller], [EVALUATION, 200, 1, `key:${pep.id}`]);
    assert(!lines.join().includes("secret-patient"));
  });
});

describe("the directory", () => {
  const find = (): Promise<Answer> =>
    ask("/access/v1/search/resource", {
      subject: { type: "user", id: RICK },
      action: { name: "can_update_todo" },
      resource: { type: "todo" },
    });

  test("what an admin registers through GraphQL is found, until it is removed", async () => {
    const properties = { ownerID: "morty@the-citadel.com" };
    const change = (name: string, entity: object): Promise<Answer> =>
      service.ask(
        `mutation($entities: [${name === "putEntities" ? "PutEntity" : "EntityRef"}!]!) { ${name}(entities: $entities, reason: "t") { count revision } }`,
        { variables: { entities: [entity] } },
      );
    const put = await change("putEntities", { type: "todo", id: "t-1", properties });
    assert.deepEqual(put.body.data?.putEntities, { count: 1, revision: 2 });
    await change("putEntities", { type: "user", id: "u-1" });
    const listed = await service.ask(
      '{ entities(filter: { type: "todo" }) { edges { node { type id properties } } } }',
    );
    assert.deepEqual(
      listed.body.data.entities.edges.map(({ node }: { node: unknown }) => node),
      [{ type: "todo", id: "t-1", properties }],
    );
    assert.deepEqual((await find()).body, {
      page: { next_token: "" },
      results: [{ type: "todo", id: "t-1", properties }],
    });
    await change("deleteEntities", { type: "todo", id: "t-1" });
    assert.deepEqual((await find()).body.results, []);
  });
});

describe("when the service can't answer", () => {
  test("503 when the journal is down or the policy is not there, 500 for what is our fault", async () => {
    const own = await startService();
    try {
      await seed(own, "todo");
      const { key } = await clientKey(own, "todo-app");
      const { domain, storage } = own.app;
      const failing = (code: "JOURNAL_UNAVAILABLE" | "POLICY_UNAVAILABLE" | "INTERNAL") => (): never => {
        throw code === "INTERNAL" ? new TypeError("secret detail") : new ScopewardenError(code, "It is down.");
      };
      const admit = storage.journal.admit;
      (storage.journal as { admit: unknown }).admit = failing("JOURNAL_UNAVAILABLE");
      const down = await post(own, EVALUATION, ASK, { key });
      refused(down, 503, "JOURNAL_UNAVAILABLE", /down/);
      assert.equal(down.headers.get("retry-after"), "1");
      refused(
        await post(own, "/access/v1/evaluations", { ...ASK, evaluations: [{}] }, { key }),
        503,
        "JOURNAL_UNAVAILABLE",
        /down/,
      );
      (storage.journal as { admit: unknown }).admit = failing("INTERNAL");
      const broken = await post(own, EVALUATION, ASK, { key });
      refused(broken, 500, "INTERNAL", /went wrong/);
      assert(!broken.text.includes("secret"));
      const logged = own.lines.map((line) => JSON.parse(line)).filter(({ status }) => status === 500);
      assert.deepEqual(
        logged.map(({ errors, causes }) => [errors, causes[0].type]),
        [[["INTERNAL"], "TypeError"]],
      );
      (storage.journal as { admit: unknown }).admit = admit;
      assert.equal((await post(own, EVALUATION, ASK, { key })).text, '{"decision":true}');
      const { current } = domain.policy;
      (domain.policy as { current: unknown }).current = failing("POLICY_UNAVAILABLE");
      for (const [path, body] of [
        [EVALUATION, ASK],
        ["/access/v1/evaluations", { ...ASK, evaluations: [{}] }],
        ["/access/v1/search/subject", ASK],
        ["/access/v1/search/action", ASK],
      ] as const)
        refused(await post(own, path, body, { key }), 503, "POLICY_UNAVAILABLE", /down/);
      (domain.policy as { current: unknown }).current = current;
    } finally {
      await own.stop();
    }
  });
});

describe("the documents", () => {
  const metadata = async (headers: Record<string, string> = {}, of = service): Promise<Answer> =>
    request(`${of.url}/.well-known/authzen-configuration`, { headers });

  test("the metadata need no key and name the URL that was used", async () => {
    const { status, body, headers } = await metadata();
    assert.equal(status, 200);
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(body.policy_decision_point, service.url);
    for (const [key, url] of Object.entries(body)) {
      if (key === "policy_decision_point" || key === "supported_obligations") continue;
      assert.match(key, /^(access_evaluations?|search_(subject|resource|action))_endpoint$/);
      const answer = await post(service, String(url).slice(service.url.length), {}, { key: pep.key });
      assert.equal(answer.status, 400, `${key}: ${answer.text}`);
    }
    assert.ok("access_evaluation_endpoint" in body);
    await otherMethods("/.well-known/authzen-configuration", "GET, HEAD, OPTIONS", 200, null);
    await otherMethods(OPENAPI_PATH, "GET, HEAD, OPTIONS", 200);
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await request(`${service.url}/.well-known/authzen-configuration`, { method });
      refused(answer, 405, "BAD_USER_INPUT", /asked by GET/);
      assert.equal(answer.headers.get("allow"), "GET, HEAD, OPTIONS");
    }
  });

  test("the metadata stand at the path of the public URL too, and at no other", async () => {
    const path = "/.well-known/authzen-configuration";
    for (const [publicUrl, at] of [
      ["https://pdp.example.org/tenants/city%20lab/", `${path}/tenants/city%20lab`],
      ["https://pdp.example.org/t1", `${path}/t1`],
    ] as const) {
      const tenant = await startService({ SCOPEWARDEN_PUBLIC_URL: publicUrl });
      try {
        const { status, text, body } = await tenant.get(at);
        assert.equal(status, 200, text);
        const base = publicUrl.replace(/\/$/, "");
        assert.deepEqual([body.policy_decision_point, body.access_evaluation_endpoint], [base, base + EVALUATION]);
        assert.equal((await tenant.get(path)).text, text);
        for (const other of [`${path}/`, `${path}/t2`, `${at}/`, `${at}/x`])
          refused(await tenant.get(other), 404, "NOT_FOUND", /nothing at this address/);
      } finally {
        await tenant.stop();
      }
    }
    refused(await service.get(`${path}/t1`), 404, "NOT_FOUND", /nothing at this address/);
  });

  test("every obligation that a decision makes of itself is among the supported ones", async () => {
    const { body } = await metadata();
    assert.deepEqual(body.supported_obligations, [
      "askEachPatient",
      "breakGlass",
      "filter",
      "label",
      "noRedisclosure",
      "redact",
      "stepUp",
    ]);
    const own = await startService();
    try {
      await seed(own, "hospital");
      const { key } = await clientKey(own, "lab-portal");
      const answer = await post(own, EVALUATION, CONSTRAINED_SEARCH, { key });
      const types = answer.body.context.obligations.map(({ type }: { type: string }) => type);
      assert.ok(types.includes("filter"), answer.text);
    } finally {
      await own.stop();
    }
  });

  test("a host that is not known to be this server is never said back", async () => {
    const at = new URL(service.url);
    /** `fetch` would set the header itself. */
    const addressed = (host: string, more: Record<string, string> = {}): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        const headers = { host, ...more };
        get({ host: at.hostname, port: at.port, path: "/.well-known/authzen-configuration", headers }, (response) => {
          let text = "";
          response.on("data", (data) => {
            text += data;
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        }).on("error", reject);
      });
    for (const host of [`evil.example:${at.port}`, "evil.example", at.hostname, "127.0.0.1:1", "a b"]) {
      const { status, text } = await addressed(host);
      assert.equal(status, 400, `${host}: ${text}`);
      assert.ok(!text.includes("evil"), text);
      assert.match(text, /Host: must be .*SCOPEWARDEN_PUBLIC_URL/);
    }
    assert.ok(!(await addressed(at.host, { "x-forwarded-host": "evil.example" })).text.includes("evil"));
    const { text } = await addressed(`LocalHost:${at.port}`);
    assert.equal(JSON.parse(text).policy_decision_point, `http://localhost:${at.port}`);
  });

  test("the configured public URL goes before how a request is addressed", async () => {
    const behind = await startService({ SCOPEWARDEN_PUBLIC_URL: "https://pdp.example.org/" });
    try {
      const { body } = await metadata({}, behind);
      assert.equal(body.policy_decision_point, "https://pdp.example.org");
      assert.equal(body.access_evaluation_endpoint, "https://pdp.example.org/access/v1/evaluation");
    } finally {
      await behind.stop();
    }
  });

  test("the OpenAPI document is for any role, and is the committed one", async () => {
    const { key } = await service.createKey("AUDITOR");
    const answer = await request(service.url + OPENAPI_PATH, { headers: { authorization: `Bearer ${key}` } });
    assert.equal(answer.text, readFileSync("docs/authzen.openapi.json", "utf8"));
    assert.equal((await request(service.url + OPENAPI_PATH)).status, 401);
  });

  test("the OpenAPI document, the table of doors and the routes name the same paths", () => {
    const { paths } = JSON.parse(openapi()) as { paths: Record<string, { post?: object; get?: object }> };
    const posted = Object.keys(paths).filter((path) => paths[path]?.post !== undefined);
    assert.deepEqual(posted.sort(), [...PATHS].sort());
    const ours = Object.keys(DOORS).filter((path) => path.startsWith("/access/"));
    assert.deepEqual(ours.sort(), [...PATHS, OPENAPI_PATH].sort());
    assert.deepEqual(
      Object.keys(paths)
        .filter((path) => paths[path]?.get !== undefined)
        .sort(),
      ["/.well-known/authzen-configuration", "/.well-known/authzen-configuration/{path}", OPENAPI_PATH].sort(),
    );
  });

  test("the OpenAPI document has every key of the metadata, and refers to nothing that it has not", () => {
    const document = JSON.parse(openapi());
    const { Metadata } = document.components.schemas;
    const keys = ["policy_decision_point", ...Object.keys(ENDPOINTS), "supported_obligations"];
    assert.deepEqual(Object.keys(Metadata.properties), keys);
    for (const [, reference = ""] of openapi().matchAll(/"\$ref": "#\/(.*)"/g)) {
      const found = reference.split("/").reduce((part, name) => part?.[name], document);
      assert(found !== undefined, reference);
    }
  });
});

describe("the grant door", () => {
  const GRANT = "/access/v1/grant";
  const asked = { subject: { id: RICK }, scopes: ["can_read_todos", "can_fly"], held_scopes: null };

  test("answers as GraphQL does, from the same journal", async () => {
    const { status, body } = await ask(GRANT, { ...asked, request_id: "g-1" });
    assert.equal(status, 200);
    assert.deepEqual(
      [body.outcome, body.scope, body.client_id, body.subject_id],
      ["ALLOW", "can_read_todos", "todo-app", RICK],
    );
    const fields =
      "id outcome scope scopes { requested outcome scopes reasons { code message scope role ruleId } successor sunsetAt validUntil title description reaches } newScopes summary reasonCount reasons { code message scope role ruleId } policyRevision decidedAt clientId subjectId subjectType patient purposeOfUse by { callerId }";
    const graphql = await service.ask(`query($input: DecideGrantInput!) { decideGrant(input: $input) { ${fields} } }`, {
      variables: { input: { subject: asked.subject, scopes: asked.scopes, clientId: "todo-app", requestId: "g-1" } },
      key: pep.key,
    });
    const inSnakeCase = (text: string): string =>
      text.replace(
        /"([a-zA-Z]+)":/g,
        (_, name: string) => `"${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}":`,
      );
    const { caller_id, ...others } = body;
    assert.deepEqual(
      { ...others, by: { caller_id } },
      JSON.parse(inSnakeCase(JSON.stringify(graphql.body.data.decideGrant))),
    );
  });

  test("scopes may be one text with spaces, as OAuth has them", async () => {
    const { status, body } = await ask(GRANT, { ...asked, scopes: "openid can_read_todos", languages: ["de"] });
    assert.deepEqual([status, body.scope], [200, "openid can_read_todos"]);
    assert.deepEqual(body.scopes[0].reaches, ["Know who you are, by an identifier"]);
  });

  test("400 names the member", async () => {
    for (const [body, message] of [
      [{ ...asked, languages: ["german_language"] }, /^languages\[0\]: must be a language tag/],
      [{ ...asked, scopes: 1 }, /^scopes: must be an array of strings/],
      [{ ...asked, context: { ip_address: "x".repeat(300) } }, /^context\.ip_address: must have at most 256/],
      [{ ...asked, held_scopes: [1] }, /^held_scopes: must be an array of strings/],
      [{ ...asked, clientId: "todo-app" }, /^clientId: is not known here; there are client_id, subject, scopes/],
      [{ ...asked, heldScopes: [] }, /^heldScopes: is not known here/],
      [{ ...asked, subject: { id: RICK, properties: {} } }, /^subject\.properties: is not known here; there are id,/],
      [{ ...asked, context: { patients: [] } }, /^context\.patients: is not known here/],
      ['{"scopes":[],"toString":1}', /^toString: is not known here/],
      [{ ...asked, subject: {} }, /^subject\.id: is missing/],
      [{ ...asked, context: { patient: 1 } }, /^context\.patient: must be a string/],
      [{ scopes: undefined }, /^scopes: is missing/],
    ] as const)
      refused(await ask(GRANT, body), 400, "BAD_USER_INPUT", message);
    const { key } = await clientKey(service, null);
    refused(await post(service, GRANT, asked, { key }), 400, "BAD_USER_INPUT", /^client_id: is missing/);
  });
});
