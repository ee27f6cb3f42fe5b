import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SEMANTICS } from "../../src/authzen/options.ts";
import { AUTHZEN_STATUS } from "../../src/authzen/refused.ts";
import { DEFAULT_LIMIT, MAX_LIMIT } from "../../src/authzen/search.ts";
import { DEFAULT_INPUT_LIMITS } from "../../src/domain/decisions/accessInput.ts";
import { MAX_LANGUAGES } from "../../src/domain/decisions/granting/grantInput.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { clientKey, post, seed } from "./authzenSupport.ts";
import { document, type Operation, operationOf, problemsOf, requireDocumented, responseOf } from "./openapiSchemas.ts";
import { type Answer, request, type Service, startService } from "./support.ts";

let service: Service;
let key: string;
before(async () => {
  service = await startService({
    SCOPEWARDEN_PUBLIC_URL: "https://pdp.example.org/clinic",
    SCOPEWARDEN_AUTH_FAILURES: "3",
  });
  await seed(service, "hospital");
  ({ key } = await clientKey(service, null));
});
after(() => service.stop());

const posted = Object.entries(document.paths).flatMap(([path, { post: operation }]) =>
  operation === undefined ? [] : [[path, operation] as const],
);
const examplesOf = (content: Operation["requestBody"]) => content?.content?.["application/json"]?.examples ?? {};
const schemaOf = (content: Operation["requestBody"]) => content?.content?.["application/json"]?.schema ?? {};

/** What is another at each time and place stands for itself in the examples. */
const VOLATILE: ReadonlySet<string> = new Set([
  "id",
  "decision_id",
  "policy_revision",
  "decided_at",
  "caller_id",
  "next_token",
]);
function settled(value: unknown, name = "", within = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => settled(item, name, within));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, settled(member, key, name)]));
  // Ids of obligations and results are told; an empty token says something.
  return VOLATILE.has(name) && value !== "" && !["obligations", "results"].includes(within) ? `<${name}>` : value;
}

describe("each example is answered as it says", () => {
  for (const [path, operation] of posted) {
    const asked = examplesOf(operation.requestBody);
    const told = examplesOf(responseOf(operation, 200));
    test(`${path} has examples, each a question and its answer`, () => {
      assert.ok(Object.keys(asked).length > 0);
      assert.deepEqual(Object.keys(asked), Object.keys(told));
    });
    for (const [name, { value }] of Object.entries(asked)) {
      test(`${path}: ${name}`, async () => {
        assert.deepEqual(problemsOf(schemaOf(operation.requestBody), value), []);
        const answer = await post(service, path, value, { key });
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(settled(answer.body), settled(told[name]?.value));
      });
    }
  }

  for (const path of ["/.well-known/authzen-configuration", "/.well-known/authzen-configuration/{path}"]) {
    test(path, async () => {
      const operation = operationOf(path, "GET");
      assert.ok(operation);
      const answer = await service.get(path.replace("{path}", "clinic"));
      requireDocumented(path, "GET", answer);
      assert.deepEqual(answer.body, examplesOf(responseOf(operation, 200)).metadata?.value);
    });
  }

  const PATH = "/access/v1/evaluation";
  const permitted = () => examplesOf(operationOf(PATH)?.requestBody).permitted?.value;
  const ask = (more: { key?: string | null; body?: unknown } = {}): Promise<Answer> =>
    post(service, PATH, more.body ?? permitted(), { key: more.key === undefined ? key : more.key });
  /** Whatever the journal is asked to write fails. */
  async function failing(error: unknown): Promise<Answer> {
    const { journal } = service.app.storage;
    const { admit } = journal;
    Object.assign(journal, {
      admit: () => {
        throw error;
      },
    });
    try {
      return await ask();
    } finally {
      Object.assign(journal, { admit });
    }
  }
  const failures = new Map<string, () => Promise<Answer>>([
    ["BadRequest", () => ask({ body: "[]" })],
    ["Unauthenticated", () => ask({ key: null })],
    ["Forbidden", async () => ask({ key: (await service.createKey("AUDITOR")).key })],
    [
      "NotFound",
      async () => {
        const answer = await service.get("/.well-known/authzen-configuration/none");
        requireDocumented("/.well-known/authzen-configuration/{path}", "GET", answer);
        return answer;
      },
    ],
    [
      "TooManyRequests",
      async () => {
        for (let time = 0; time < 10; time++) {
          const answer = await ask({ key: "sw_000000000000_wrong" });
          if (answer.status === 429) return answer;
        }
        assert.fail("never too many");
      },
    ],
    ["InternalError", () => failing(new TypeError("canary"))],
    ["Unavailable", () => failing(new ScopewardenError("JOURNAL_UNAVAILABLE", "The journal could not be written."))],
  ]);
  for (const [name, response] of Object.entries(document.components.responses)) {
    test(`the failure ${name}`, async () => {
      const answer = await failures.get(name)?.();
      assert.ok(answer, `no test makes ${name}`);
      const text = (value: unknown): string => JSON.stringify(value).replace(/after \d+ s/, "after N s");
      assert.equal(text(answer.body), text(examplesOf(response).example?.value));
      assert.equal(answer.status, answer.body.error.status);
    });
  }
});

describe("the document says what the code says", () => {
  const { schemas } = document.components;
  // biome-ignore lint/suspicious/noExplicitAny: parts of a schema, by their names.
  const part = (...names: string[]): any => names.reduce((at: any, name) => at?.[name], schemas);

  test("limits, defaults and names", () => {
    const semantic = part("Options", "properties", "evaluations_semantic");
    assert.deepEqual(semantic.enum, [...SEMANTICS]);
    assert.match(semantic.description, new RegExp(`\`${SEMANTICS[0]}\` if nothing is said`));
    const { description, minimum } = part("Page", "properties", "limit");
    assert.equal(minimum, 0);
    assert.ok(description.includes(`: ${DEFAULT_LIMIT} if nothing is said`), description);
    assert.ok(description.includes(MAX_LIMIT.toLocaleString("en")), description);
    for (const name of ["EntitySearchResponse", "ActionSearchResponse"])
      assert.equal(part(name, "properties", "results").maxItems, MAX_LIMIT);
    const { scopes } = part("Context", "properties");
    assert.equal(scopes.anyOf[0].maxItems, DEFAULT_INPUT_LIMITS.scopes);
    assert.equal(part("GrantRequest", "properties", "languages").maxItems, MAX_LANGUAGES);
    const { labels, patients } = part("Resource", "properties", "properties", "properties");
    assert.deepEqual(
      [labels.maxItems, patients.maxItems],
      [DEFAULT_INPUT_LIMITS.labels, DEFAULT_INPUT_LIMITS.patients],
    );
    assert.deepEqual(part("Error", "properties", "error", "properties", "code").enum, Object.keys(AUTHZEN_STATUS));
  });

  test("no member has a default, which generators take for one that is always there", () => {
    assert.ok(!JSON.stringify(document).includes('"default":'));
  });

  test("each object says whether it may have other members, answers that they have none", () => {
    const requests = new Set(["Subject", "Resource", "SearchedType", "Action", "Context", "Options", "Page"]);
    function* objects(value: unknown, at: string): Generator<readonly [string, Record<string, unknown>]> {
      if (typeof value !== "object" || value === null) return;
      const node = value as Record<string, unknown>;
      if ([node.type].flat().includes("object")) yield [at, node];
      for (const [name, member] of Object.entries(node)) yield* objects(member, `${at}.${name}`);
    }
    for (const [name, schema] of Object.entries(schemas)) {
      const open = requests.has(name) || (name.endsWith("Request") && name !== "GrantRequest");
      for (const [at, { additionalProperties, properties }] of objects(schema, name))
        assert.equal(additionalProperties, open || properties === undefined, at);
    }
  });

  test("the limits of requests are those of the service: at each it is answered, beyond it is refused", async () => {
    const operation = operationOf("/access/v1/evaluation");
    assert.ok(operation);
    // biome-ignore lint/suspicious/noExplicitAny: an example, to be changed in places.
    const question = (change: (body: any) => void): unknown => {
      const body = structuredClone(examplesOf(operation.requestBody).permitted?.value);
      change(body);
      return body;
    };
    const long = "x".repeat(256);
    const bounds: readonly (readonly [string, unknown, unknown])[] = (
      [
        ["client_id", (c, x) => Object.assign(c.context, { client_id: x }), long, `${long}x`],
        ["client_id, empty", (c, x) => Object.assign(c.context, { client_id: x }), "c", ""],
        ["purpose_of_use", (c, x) => Object.assign(c.context, { purpose_of_use: x }), long, `${long}x`],
        ["context.patient", (c, x) => Object.assign(c.context, { patient: x }), long, ""],
        ["ip_address", (c, x) => Object.assign(c.context, { ip_address: x }), long, `${long}x`],
        ["scopes", (c, x) => Object.assign(c.context, { scopes: x }), Array(1000).fill("a"), Array(1001).fill("a")],
        [
          "labels",
          (c, x) => Object.assign(c.resource.properties, { labels: x }),
          Array(100).fill("R"),
          Array(101).fill("R"),
        ],
        ["organization", (c, x) => Object.assign(c.resource.properties, { organization: x }), long, `${long}x`],
        ["patient", (c, x) => Object.assign(c.resource.properties, { patient: x }), "ada", 7],
        ["roles", (c, x) => Object.assign(c.subject, { properties: { roles: x } }), [], "nurse"],
        // biome-ignore lint/suspicious/noExplicitAny: see above.
      ] as readonly (readonly [string, (body: any, value: unknown) => void, unknown, unknown])[]
    ).map(([name, put, within, beyond]) => [
      name,
      question((body) => put(body, within)),
      question((body) => put(body, beyond)),
    ]);
    for (const [name, within, beyond] of bounds) {
      for (const [body, fits] of [
        [within, true],
        [beyond, false],
      ] as const) {
        assert.equal(problemsOf(schemaOf(operation.requestBody), body).length === 0, fits, name);
        const { status, text } = await post(service, "/access/v1/evaluation", body, { key });
        assert.equal(status, fits ? 200 : 400, `${name}: ${text}`);
      }
    }
  });

  test("the server is where the document was found", async () => {
    const at = `${service.url}/access/v1/openapi.json`;
    const answer = await request(at, { headers: { authorization: `Bearer ${key}` } });
    requireDocumented("/access/v1/openapi.json", "GET", answer);
    assert.deepEqual(answer.body, document);
    assert.equal(new URL(document.servers[0]?.url ?? "", at).href, `${service.url}/`);
  });
});
