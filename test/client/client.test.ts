import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Answer, type AuthorizeInput, createClient, type DecisionEvent } from "../../clients/node/src/client.ts";
import { applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "../http/support.ts";
import { freePorts } from "../support/freePorts.ts";
import { type Fault, type FaultyProxy, startProxy } from "./faultyProxy.ts";

let service: Service;
let proxy: FaultyProxy;
let key: string;
before(async () => {
  service = await startService();
  await applyPolicy(service, [
    ...SMALL_POLICY,
    { putScope: { name: "search_observations", atoms: [{ resourceType: "Observation", actions: ["search"] }] } },
    { activateScope: { name: "search_observations" } },
    { grantScope: { clientId: "reader-app", scope: "search_observations" } },
    {
      putRule: {
        id: "allow-search",
        scope: "search_observations",
        resourceType: "Observation",
        effect: "ALLOW",
        justification: "This policy is for a test.",
        role: "*",
        action: "*",
        obligations: [{ type: "log", parameters: { level: 3 } }],
      },
    },
  ]);
  ({ key } = await service.createKey("SERVICE"));
  proxy = await startProxy(service.url);
});
after(async () => {
  await proxy.close();
  await service.stop();
});

const READ: AuthorizeInput = { ...SMALL_REQUEST, resource: { ...SMALL_REQUEST.resource, labels: ["N"] } };
const DELETE: AuthorizeInput = { ...READ, action: "delete" };
/** Behind what loses these requests; the body of each that arrived. */
async function withFaults<T>(faults: readonly Fault[], call: (url: string) => Promise<T>): Promise<[T, string[]]> {
  proxy.faults.splice(0, Infinity, ...faults);
  const before = proxy.seen.length;
  const answer = await call(proxy.url);
  return [answer, proxy.seen.slice(before).map(({ body }) => body)];
}
const asked = (faults: readonly Fault[], more: { retries?: number; timeoutMs?: number } = {}) =>
  withFaults(faults, (url) => createClient({ url, key, ...more }).authorize(READ));
const requestIds = (bodies: readonly string[]): unknown[] =>
  bodies.map((body) => JSON.parse(body).variables.inputs[0].requestId);
async function decisions(): Promise<number> {
  const { body } = await service.ask("{ decisions(first: 200) { edges { node { id } } } }");
  return body.data.decisions.edges.length;
}

describe("answers", () => {
  test("an ALLOW, with why", async () => {
    const answer = await createClient({ url: service.url, key }).authorize(READ);
    assert.equal(answer.outcome, "allowed");
    assert.equal(answer.allowed, true);
    assert.match(answer.id, /^[\w-]{10,}$/);
    assert.deepEqual(answer.obligations, []);
    assert.deepEqual(
      answer.reasons.map(({ code }) => code),
      ["ALLOWED_BY_RULE"],
    );
    assert.match(answer.summary, /./);
  });

  test("a DENY is on record under its id, and says the scope that would do", async () => {
    const answer = await createClient({ url: service.url, key }).authorize({ ...READ, scopes: [] });
    assert.equal(answer.outcome, "denied");
    assert.equal(answer.allowed, false);
    assert.deepEqual(answer.sufficientScopes, ["view_observations"]);
    const found = await service.ask(`{ decision(id: "${answer.id}") { outcome } }`);
    assert.equal(found.body.data.decision.outcome, "DENY");
  });

  test("obligations come with their parameters", async () => {
    const answer = await createClient({ url: service.url, key }).authorize({
      clientId: "reader-app",
      action: "search",
      resource: { type: "Observation", patient: "ada" },
    });
    assert.ok(answer.outcome === "allowed");
    assert.deepEqual(
      answer.obligations.filter(({ type }) => type === "log"),
      [{ type: "log", parameters: { level: 3 } }],
    );
  });

  test("a question that is not well formed is refused, with what is wrong", async () => {
    const answer = await createClient({ url: service.url, key }).authorize({ ...READ, clientId: "" });
    assert.ok(answer.outcome === "error");
    assert.equal(answer.id, null);
    assert.equal(answer.kind, "refused");
    assert.equal(answer.code, "BAD_USER_INPUT");
    assert.deepEqual(
      answer.problems.map(({ path }) => path),
      ["clientId"],
    );
    assert.doesNotMatch(answer.message, /inputs\[/);
  });

  test("a key that is not accepted, and one of another role", async () => {
    const other = await service.createKey("AUDITOR");
    for (const wrong of [`${key}x`, "not-a-key", other.key]) {
      const answer = await createClient({ url: service.url, key: wrong }).authorize(READ);
      assert.ok(answer.outcome === "error");
      assert.equal(answer.kind, "unauthorized");
      assert.ok(!JSON.stringify(answer).includes(wrong));
    }
  });

  test("what answers is another server", async () => {
    for (const body of ["<html>", "[]", "{}", '{"data":{"decideBatch":[]}}', '{"data":{"decideBatch":[{"id":"x"}]}}'])
      for (const status of [200, 404, 302]) {
        const [answer, bodies] = await asked([{ status, body, headers: { location: "http://127.0.0.1:1/" } }]);
        assert.ok(answer.outcome === "error");
        assert.equal(answer.kind, "unavailable");
        assert.equal(bodies.length, 1);
      }
  });

  test("half a decision is none", async () => {
    const whole = { id: "d", outcome: "ALLOW", summary: "", reasons: [], obligations: [], sufficientScopes: [] };
    for (const [row, outcome] of [
      [whole, "allowed"],
      [{ ...whole, obligations: undefined }, "error"],
      [{ ...whole, obligations: [{ parameters: null }] }, "error"],
      [{ ...whole, outcome: "allow" }, "error"],
      [{ ...whole, id: "" }, "error"],
      [null, "error"],
    ] as const) {
      const [answer] = await asked([{ status: 200, body: JSON.stringify({ data: { decideBatch: [row] } }) }]);
      assert.equal(answer.outcome, outcome);
    }
    const errors = [{ message: "no", extensions: { code: "JOURNAL_UNAVAILABLE" } }];
    const [answer] = await asked([{ status: 200, body: JSON.stringify({ data: { decideBatch: [whole] }, errors }) }]);
    assert.equal(answer.outcome, "error");
  });

  test("scopes and subject that are undefined are refused: to leave them out asks for more", async () => {
    const [answers, bodies] = await withFaults([], (url) =>
      createClient({ url, key }).authorizeBatch([
        { ...READ, scopes: undefined } as unknown as AuthorizeInput,
        { ...READ, subject: undefined } as unknown as AuthorizeInput,
      ]),
    );
    assert.deepEqual(
      answers.map(({ outcome }) => outcome),
      ["error", "error"],
    );
    assert.deepEqual(bodies, []);
  });
});

describe("outages", () => {
  test("one that does not arrive is sent again, with the same id", async () => {
    for (const fault of ["cut", "cut-answer", { status: 502 }, { status: 503 }, { status: 504 }] as const) {
      const [answer, bodies] = await asked([fault]);
      assert.equal(answer.outcome, "allowed");
      assert.equal(bodies.length, 2);
      const [first, second] = requestIds(bodies);
      assert.match(String(first), /^[0-9a-f]{32}$/);
      assert.equal(second, first);
    }
  });

  test("what was decided and got lost on its way is on record once", async () => {
    const before = await decisions();
    const [answer] = await asked(["cut-answer"]);
    assert.equal(answer.outcome, "allowed");
    assert.equal((await decisions()) - before, 1);
  });

  test("one's own request id is kept", async () => {
    const [, bodies] = await withFaults(["cut"], (url) =>
      createClient({ url, key }).authorize({ ...READ, requestId: "my-own-1" }),
    );
    assert.deepEqual(requestIds(bodies), ["my-own-1", "my-own-1"]);
  });

  test("after the last retry it is an error, and no denial", async () => {
    const [answer, bodies] = await asked(["cut", "cut", "cut"], { retries: 2 });
    assert.ok(answer.outcome === "error");
    assert.equal(answer.kind, "unavailable");
    assert.match(answer.message, /can't be reached \((ECONNRESET|UND_ERR_SOCKET)\)/);
    assert.equal(bodies.length, 3);
    const [once, only] = await asked(["cut"], { retries: 0 });
    assert.equal(once.outcome, "error");
    assert.deepEqual(requestIds(only), [undefined]);
  });

  test("nobody listens", async () => {
    const port = await freePorts();
    const answer = await createClient({ url: `http://127.0.0.1:${port}`, key }).authorize(READ);
    assert.ok(answer.outcome === "error");
    assert.equal(answer.kind, "unavailable");
    assert.match(answer.message, /ECONNREFUSED/);
  });

  test("a slow answer is a timeout, after a retry", async () => {
    const began = Date.now();
    const [answer, bodies] = await asked(["hold", "hold"], { timeoutMs: 60 });
    assert.ok(answer.outcome === "error");
    assert.equal(answer.kind, "timeout");
    assert.equal(bodies.length, 2);
    assert.ok(Date.now() - began < 2000);
    const [late] = await asked(["hold"], { timeoutMs: 500 });
    assert.equal(late.outcome, "allowed");
  });

  test("a fetch that never ends and heeds no signal ends in time, too", async () => {
    const hangs = () => new Promise<Response>(() => {});
    const answer = await createClient({ url: service.url, key, timeoutMs: 30, fetch: hangs }).authorize(READ);
    assert.ok(answer.outcome === "error");
    assert.equal(answer.kind, "timeout");
  });

  test("Retry-After is waited for, unless it is longer than an answer may take", async () => {
    for (const status of [429, 503]) {
      const began = Date.now();
      const [answer, bodies] = await asked([{ status, headers: { "retry-after": "1" } }], { timeoutMs: 1500 });
      assert.equal(answer.outcome, "allowed");
      assert.equal(bodies.length, 2);
      assert.ok(Date.now() - began >= 990);
      const [busy, only] = await asked([{ status, headers: { "retry-after": "30" } }]);
      assert.ok(busy.outcome === "error");
      assert.equal(busy.kind, "unavailable");
      assert.equal(busy.retryAfterMs, 30_000);
      assert.equal(only.length, 1);
    }
  });

  test("what was answered otherwise is not asked again", async () => {
    for (const [status, kind] of [
      [400, "unavailable"],
      [401, "unauthorized"],
      [403, "unauthorized"],
      [500, "unavailable"],
    ] as const) {
      const [answer, bodies] = await asked([{ status }]);
      assert.ok(answer.outcome === "error");
      assert.equal(answer.kind, kind);
      assert.equal(bodies.length, 1);
    }
  });

  test("a call that is aborted ends at once, whatever it waits for", async () => {
    for (const faults of [["hold"], [{ status: 503, headers: { "retry-after": "1" } }]] as const) {
      const began = Date.now();
      const signal = AbortSignal.timeout(50);
      const [answer, bodies] = await withFaults(faults, (url) =>
        createClient({ url, key, timeoutMs: 5000 }).authorize(READ, { signal }),
      );
      assert.ok(answer.outcome === "error");
      assert.equal(answer.kind, "aborted");
      assert.equal(bodies.length, 1);
      assert.ok(Date.now() - began < 900);
    }
    const [answer, bodies] = await withFaults([], (url) =>
      createClient({ url, key }).authorize(READ, { signal: AbortSignal.abort() }),
    );
    assert.ok(answer.outcome === "error" && answer.kind === "aborted");
    assert.deepEqual(bodies, []);
  });

  test("a service that can't write its journal is unavailable", async () => {
    const errors = [{ message: "The journal is not available.", extensions: { code: "JOURNAL_UNAVAILABLE" } }];
    const [answer] = await asked([{ status: 503, body: JSON.stringify({ errors }) }], { retries: 0 });
    assert.ok(answer.outcome === "error");
    assert.deepEqual([answer.kind, answer.code], ["unavailable", "JOURNAL_UNAVAILABLE"]);
  });
});

describe("batches", () => {
  const question = (i: number, more: object = {}): AuthorizeInput => ({
    ...(i % 3 === 0 ? DELETE : READ),
    resource: { type: "Observation", id: `o-${i}`, ...more },
  });
  const outcomes = (answers: readonly Answer[]) => answers.map(({ outcome }) => outcome);
  const expected = (count: number) => Array.from({ length: count }, (_, i) => (i % 3 === 0 ? "denied" : "allowed"));
  const sizes = (bodies: readonly string[]) => bodies.map((body) => JSON.parse(body).variables.inputs.length);

  test("come in hundreds, in the order of the questions", async () => {
    const questions = Array.from({ length: 250 }, (_, i) => question(i));
    const [answers, bodies] = await withFaults([], (url) => createClient({ url, key }).authorizeBatch(questions));
    assert.deepEqual(outcomes(answers), expected(250));
    assert.deepEqual(sizes(bodies).sort(), [100, 100, 50]);
    assert.equal(new Set(answers.map(({ id }) => id)).size, 250);
  });

  test("and by bytes, which are not characters", async () => {
    const questions = Array.from({ length: 30 }, (_, i) => question(i, { attributes: { note: ["é".repeat(2000)] } }));
    const [answers, bodies] = await withFaults([], (url) => createClient({ url, key }).authorizeBatch(questions));
    assert.deepEqual(outcomes(answers), expected(30));
    assert.ok(bodies.length > 1);
    for (const body of bodies) assert.ok(Buffer.byteLength(body) <= 64 * 1024);
  });

  test("one that can't be asked leaves the others as they are", async () => {
    const questions = Array.from({ length: 20 }, (_, i) => question(i));
    questions[7] = { ...READ, clientId: "" };
    questions[12] = { ...READ, resource: { type: "Observation", attributes: { loop: 1n } } };
    const answers = await createClient({ url: service.url, key }).authorizeBatch(questions);
    assert.deepEqual(
      outcomes(answers),
      expected(20).map((outcome, i) => (i === 7 || i === 12 ? "error" : outcome)),
    );
    assert.deepEqual(
      [answers[7], answers[12]].map((answer) => (answer?.outcome === "error" ? answer.kind : "")),
      ["refused", "refused"],
    );
  });

  test("a service that takes fewer at once is asked for fewer", async () => {
    const small = await startService({ SCOPEWARDEN_MAX_DECISIONS: "10" });
    try {
      await applyPolicy(small, SMALL_POLICY);
      const client = createClient({ url: small.url, key: (await small.createKey("SERVICE")).key });
      assert.deepEqual(
        outcomes(await client.authorizeBatch(Array.from({ length: 25 }, (_, i) => question(i)))),
        expected(25),
      );
    } finally {
      await small.stop();
    }
  });

  test("where the service is gone, no more is asked, and nothing is allowed", async () => {
    const questions = Array.from({ length: 1000 }, (_, i) => question(i));
    const faults = Array.from({ length: 20 }, () => "cut" as const);
    const [answers, bodies] = await withFaults(faults, (url) =>
      createClient({ url, key, retries: 0 }).authorizeBatch(questions),
    );
    assert.deepEqual(new Set(outcomes(answers)), new Set(["error"]));
    assert.equal(answers.length, 1000);
    assert.ok(bodies.length <= 4);
  });

  test("no questions have no answers; what is no list has one, which is an error", async () => {
    const client = createClient({ url: service.url, key });
    assert.deepEqual(await client.authorizeBatch([]), []);
    for (const wrong of [undefined, null, READ, "x"])
      assert.deepEqual(outcomes(await client.authorizeBatch(wrong as never)), ["error"]);
  });
});

describe("settings", () => {
  const url = "http://127.0.0.1:4000";
  test("what is wrong is thrown, and named", () => {
    const secret = "secret key";
    for (const [settings, message] of [
      [undefined, /settings/],
      [{ key: "k" }, /^url/],
      [{ url: "pdp.example.org", key: "k" }, /^url/],
      [{ url: "ftp://x", key: "k" }, /^url/],
      [{ url: "https://user:pw@x", key: "k" }, /^url/],
      [{ url: "https://x/?a", key: "k" }, /^url/],
      [{ url }, /^key or token/],
      [{ url, key: "k", token: async () => "t" }, /^key or token/],
      [{ url, key: "" }, /^key/],
      [{ url, key: secret }, /^key/],
      [{ url, key: 7 }, /^key/],
      [{ url, token: "t" }, /^token/],
      [{ url, key: "k", timeoutMs: 0 }, /^timeoutMs/],
      [{ url, key: "k", timeoutMs: "1000" }, /^timeoutMs/],
      [{ url, key: "k", retries: 1.5 }, /^retries/],
      [{ url, key: "k", retries: 11 }, /^retries/],
      [{ url, key: "k", fetch: {} }, /^fetch/],
      [{ url, key: "k", onDecision: true }, /^onDecision/],
      [{ url, key: "k", timeout: 5 }, /^timeout is no setting/],
    ] as const)
      assert.throws(
        () => createClient(settings as never),
        (error) => error instanceof TypeError && message.test(error.message) && !error.message.includes(secret),
        JSON.stringify(settings),
      );
  });

  test("a path before it, and a slash at its end, are kept and dropped", async () => {
    const [answer] = await withFaults([], (base) => createClient({ url: `${base}/x/`, key }).authorize(READ));
    assert.equal(answer.outcome, "error");
    assert.equal(proxy.seen.at(-1)?.path, "/x/graphql");
  });

  test("a token is asked for at each attempt, and never shown", async () => {
    let given = 0;
    const token = async () => (++given === 1 ? "stale" : key);
    const [answer] = await withFaults(["cut"], (url) => createClient({ url, token }).authorize(READ));
    assert.equal(answer.outcome, "allowed");
    assert.deepEqual(
      proxy.seen.slice(-2).map(({ headers }) => headers.authorization),
      ["Bearer stale", `Bearer ${key}`],
    );
    for (const bad of [
      async () => "two words",
      async () => undefined,
      () => Promise.reject(new Error("secret-token")),
      () => {
        throw new Error("secret-token");
      },
    ]) {
      const [none, bodies] = await withFaults([], (url) => createClient({ url, token: bad as never }).authorize(READ));
      assert.ok(none.outcome === "error");
      assert.equal(none.kind, "unauthorized");
      assert.doesNotMatch(JSON.stringify(none), /secret-token|two words/);
      assert.deepEqual(bodies, []);
    }
  });

  test("what fetch says stays out of the answer", async () => {
    const fetch = () => Promise.reject(new TypeError(`bad header Bearer ${key}`));
    const answer = await createClient({ url: service.url, key, fetch }).authorize(READ);
    assert.ok(answer.outcome === "error");
    assert.ok(!JSON.stringify(answer).includes(key));
  });

  test("onDecision hears of each answer, and breaks none", async () => {
    const events: DecisionEvent[] = [];
    for (const more of [undefined, () => Promise.reject(new Error("no"))]) {
      const onDecision = (event: DecisionEvent) => {
        events.push(event);
        if (more !== undefined) return more();
        throw new Error("no");
      };
      const client = createClient({ url: service.url, key, onDecision });
      const [allowed, denied] = await client.authorizeBatch([READ, DELETE]);
      assert.deepEqual([allowed?.outcome, denied?.outcome], ["allowed", "denied"]);
      assert.equal((await client.decideGrant({ clientId: "reader-app", scopes: [] })).outcome, "denied");
    }
    assert.deepEqual(
      events.slice(0, 3).map(({ call, answer }) => [call, answer.outcome]),
      [
        ["authorize", "allowed"],
        ["authorize", "denied"],
        ["decideGrant", "denied"],
      ],
    );
    assert.equal(events[0]?.question, READ);
    assert.ok((events[0]?.ms ?? -1) >= 0);
  });

  test("calls never throw, whatever they are given", async () => {
    const client = createClient({ url: service.url, key });
    for (const wrong of [
      undefined,
      null,
      7,
      "x",
      () => 1,
      { signal: 7 },
      {
        get signal() {
          throw new Error();
        },
      },
    ]) {
      assert.equal((await client.authorize(wrong as never)).outcome, "error");
      assert.equal((await client.decideGrant(wrong as never)).outcome, "error");
      assert.notEqual((await client.searchActions(wrong as never)).error, null);
      assert.notEqual((await client.whoCan(wrong as never)).error, null);
      const answers = [
        await client.authorize(READ, wrong as never),
        ...(await client.authorizeBatch([READ], wrong as never)),
      ];
      for (const { outcome } of answers) assert.ok(["allowed", "error"].includes(outcome));
      await client.decideGrant({ clientId: "reader-app", scopes: [] }, wrong as never);
      await client.scopesSupported(wrong as never);
      await client.introspect("x", wrong as never);
    }
  });
});

describe("grants", () => {
  test("name the scopes of the token, or none", async () => {
    const client = createClient({ url: service.url, key });
    const scopes = ["view_observations", "unknown_scope"];
    const granted = await client.decideGrant({ clientId: "reader-app", scopes });
    assert.equal(granted.outcome, "allowed");
    assert.equal(granted.scope, "view_observations");
    assert.deepEqual(
      granted.scopes.map(({ requested, outcome }) => [requested, outcome]),
      [
        ["view_observations", "GRANTED"],
        ["unknown_scope", "UNKNOWN"],
      ],
    );
    const none = await client.decideGrant({ clientId: "reader-app", scopes: ["unknown_scope"] });
    assert.deepEqual([none.outcome, none.scope], ["denied", null]);
  });

  test("nothing is granted on an error, nor by half an answer", async () => {
    const input = { clientId: "reader-app", scopes: ["view_observations"] };
    const told = { id: "d", summary: "", reasons: [], scopes: [], newScopes: [] };
    const answer = (more: object) => ({
      status: 200,
      body: JSON.stringify({ data: { decideGrant: { ...told, ...more } } }),
    });
    for (const fault of [
      "cut",
      { status: 500 },
      answer({ outcome: "ALLOW", scope: null }),
      answer({ outcome: "ALLOW", scope: "" }),
      answer({ outcome: "DENY", scope: "view_observations" }),
      answer({ scope: "view_observations" }),
    ] as const) {
      const [granted] = await withFaults([fault], (url) => createClient({ url, key, retries: 0 }).decideGrant(input));
      assert.equal(granted.outcome, "error");
      assert.deepEqual([granted.scope, granted.scopes, granted.newScopes], [null, [], []]);
    }
  });
});
