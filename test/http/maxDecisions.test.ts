import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ADMIN_KEY, type Answer, applyPolicy, request, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const BATCH = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }";
const BOTH =
  "query($inputs: [AuthorizeInput!]!, $input: AuthorizeInput!) { authorizeBatch(inputs: $inputs) { outcome } authorize(input: $input) { outcome } }";

async function withLimit(limit: number, use: (asked: ReturnType<typeof asking>) => Promise<void>): Promise<void> {
  const service = await startService({ SCOPEWARDEN_MAX_DECISIONS: String(limit) });
  try {
    await applyPolicy(service, SMALL_POLICY);
    await use(asking(service));
  } finally {
    await service.stop();
  }
}

function asking(service: Awaited<ReturnType<typeof startService>>) {
  const inputs = (n: number): unknown[] => Array.from({ length: n }, () => SMALL_REQUEST);
  return {
    batch: (n: number) => service.ask(BATCH, { variables: { inputs: inputs(n) } }),
    aliases: (n: number) =>
      service.ask(
        `query($input: AuthorizeInput!) { ${Array.from({ length: n }, (_, i) => `a${i}: authorize(input: $input) { id }`).join(" ")} }`,
        { variables: { input: SMALL_REQUEST } },
      ),
    both: (n: number) => service.ask(BOTH, { variables: { inputs: inputs(n), input: SMALL_REQUEST } }),
    evaluations: (n: number) =>
      request(`${service.url}/access/v1/evaluations`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` },
        body: JSON.stringify({
          subject: { type: "user", id: "mia" },
          action: { name: "read" },
          context: { client_id: "reader-app" },
          evaluations: Array.from({ length: n }, () => ({ resource: { type: "Observation", id: "o-1" } })),
        }),
      }),
  };
}

const answered = ({ status, body, text }: Answer, n: number): void => {
  assert.equal(status, 200, text);
  assert.equal((body.data?.authorizeBatch ?? body.evaluations).length, n);
};
const refused = ({ status, body, text }: Answer, message: RegExp): void => {
  assert.equal(status, 400, text);
  const { code, message: said } = body.error ?? { ...body.errors[0].extensions, message: body.errors[0].message };
  assert.equal(code, "LIMIT_EXCEEDED");
  assert.match(said, message);
};

describe("SCOPEWARDEN_MAX_DECISIONS is the one limit of what a request may ask for", () => {
  test("150", () =>
    withLimit(150, async ({ batch, both, evaluations }) => {
      // Three times, so that the last one goes by the compiled operation.
      for (let time = 1; time <= 3; time += 1) answered(await batch(120), 120);
      answered(await batch(150), 150);
      refused(await batch(151), /151 decisions; at most 150/);
      answered(await both(149), 149);
      refused(await both(150), /151 decisions; at most 150/);
      answered(await evaluations(120), 120);
      refused(await evaluations(151), /at most 150 items, not 151/);
    }));

  test("20", () =>
    withLimit(20, async ({ batch, aliases, both, evaluations }) => {
      for (let time = 1; time <= 3; time += 1) answered(await batch(20), 20);
      refused(await batch(21), /21 decisions; at most 20/);
      refused(await aliases(21), /21 decisions; at most 20/);
      refused(await both(20), /21 decisions; at most 20/);
      answered(await evaluations(20), 20);
      refused(await evaluations(21), /at most 20 items, not 21/);
    }));
});
