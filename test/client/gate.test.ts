import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Fastify, { type FastifyRequest } from "fastify";
import { type Answer, createClient, enforce, type Obligation, requireScope } from "../../clients/node/src/client.ts";
import { applyPolicy, request, type Service, SMALL_POLICY, startService } from "../http/support.ts";

let service: Service;
let key: string;
before(async () => {
  service = await startService();
  await applyPolicy(service, SMALL_POLICY);
  ({ key } = await service.createKey("SERVICE"));
});
after(() => service.stop());

const allowed = (...types: readonly string[]): Answer => ({
  outcome: "allowed",
  allowed: true,
  id: "d-1",
  summary: "Yes.",
  reasons: [],
  reasonCount: 0,
  obligations: types.map((type) => ({ type, parameters: { of: type } })),
});

describe("enforce", () => {
  test("an ALLOW stays one when all that it obliges to is done", async () => {
    const done: Obligation[] = [];
    const answer = allowed("log", "notify");
    const handlers = {
      log: (obligation: Obligation) => void done.push(obligation),
      notify: async (obligation: Obligation) => done.push(obligation),
      other: () => assert.fail(),
    };
    assert.equal(await enforce(answer, handlers), answer);
    assert.deepEqual(done, answer.allowed ? answer.obligations : null);
  });

  test("an obligation without a handler, or whose handler can't, is a denial of that decision", async () => {
    for (const handlers of [
      {},
      { log: () => false },
      { log: async () => false },
      { log: () => assert.fail("no") },
      { log: () => Promise.reject(new Error("no")) },
      { log: "yes" },
    ]) {
      const answer = await enforce(allowed("log"), handlers as never);
      assert.equal(answer.outcome, "denied");
      assert.equal(answer.allowed, false);
      assert.ok(answer.outcome === "denied");
      assert.equal(answer.id, "d-1");
      assert.deepEqual(answer.unmet, ["log"]);
    }
    for (const type of ["constructor", "toString", "__proto__"])
      assert.equal((await enforce(allowed(type), {})).outcome, "denied");
  });

  test("denials and errors stay what they are", async () => {
    const client = createClient({ url: service.url, key });
    const denied = await client.authorize({ clientId: "reader-app", action: "erase", resource: { type: "Patient" } });
    assert.equal(await enforce(denied, {}), denied);
    const error = await createClient({ url: service.url, key: "x" }).authorize({} as never);
    assert.equal(await enforce(error, {}), error);
  });
});

describe("requireScope before a route of Fastify", () => {
  async function serve(url: string, handlers: Parameters<typeof requireScope<FastifyRequest>>[2] = {}) {
    const client = createClient({ url, key, retries: 0 });
    const gate = requireScope(
      client,
      ({ headers, params }: FastifyRequest) => ({
        clientId: String(headers["x-client"] ?? "reader-app"),
        scopes: String(headers["x-scopes"] ?? "view_observations").split(" "),
        action: "read",
        resource: {
          type: "Observation",
          id: (params as { id: string }).id,
          labels: [String(headers["x-label"] ?? "N")],
        },
      }),
      handlers,
    );
    const app = Fastify();
    app.get("/Observation/:id", { preHandler: gate.fastify }, () => ({ value: 6.1 }));
    return { url: await app.listen({ port: 0, host: "127.0.0.1" }), app };
  }

  test("lets on what is allowed; 403 with the scope that is missing; 400 for what can't be asked", async () => {
    const { app, url } = await serve(service.url);
    try {
      assert.deepEqual((await request(`${url}/Observation/1`)).body, { value: 6.1 });
      const denied = await request(`${url}/Observation/1`, { headers: { "x-scopes": "openid" } });
      assert.equal(denied.status, 403);
      assert.equal(
        denied.headers.get("www-authenticate"),
        'Bearer error="insufficient_scope", scope="view_observations"',
      );
      assert.equal(denied.body.error, "denied");
      assert.match(denied.body.decisionId, /./);
      assert.match(denied.body.message, /./);
      const wrong = await request(`${url}/Observation/1`, { headers: { "x-client": "" } });
      assert.equal(wrong.status, 400);
    } finally {
      await app.close();
    }
  });

  test("503 where nobody knows", async () => {
    const { app, url } = await serve("http://127.0.0.1:9");
    try {
      const answer = await request(`${url}/Observation/1`);
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("retry-after"), "1");
      assert.equal(answer.body.decisionId, null);
    } finally {
      await app.close();
    }
  });

  test("an obligation is met for that request, or it is 403", async () => {
    // Without a label a read is allowed with `label` and `redact`.
    const unlabelled = { headers: { "x-label": "house" } };
    const seen: unknown[] = [];
    const meet = (obligation: Obligation, { url }: FastifyRequest) => void seen.push([obligation.type, url]);
    for (const [handlers, status] of [
      [{}, 403],
      [{ label: meet }, 403],
      [{ label: meet, redact: meet }, 200],
    ] as const) {
      const { app, url } = await serve(service.url, handlers);
      try {
        assert.equal((await request(`${url}/Observation/1`, unlabelled)).status, status);
      } finally {
        await app.close();
      }
    }
    assert.deepEqual(seen.slice(-2), [
      ["label", "/Observation/1"],
      ["redact", "/Observation/1"],
    ]);
  });
});
