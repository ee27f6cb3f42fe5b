import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { clientKey, post, seed } from "./authzenSupport.ts";
import { type Service, startService } from "./support.ts";

interface Row<Expected> {
  readonly request: unknown;
  readonly expected: Expected;
}
const vectors = JSON.parse(readFileSync(new URL("../vectors/authzen-todo.json", import.meta.url), "utf8")) as {
  readonly evaluation: readonly Row<boolean>[];
  readonly evaluations: readonly Row<readonly object[]>[];
};

let service: Service;
let key: string;
before(async () => {
  service = await startService();
  await seed(service, "todo");
  ({ key } = await clientKey(service, "todo-app"));
});
after(() => service.stop());

/** Strict: status and content type, and the whole body as text. An error is never a pass, whatever was expected. */
async function answers(path: string, body: unknown, expected: string): Promise<void> {
  const answer = await post(service, path, body, { key });
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(answer.text, expected);
}

describe("the AuthZEN Todo scenario over HTTP", () => {
  test("has its 43 rows", () => assert.equal(vectors.evaluation.length + vectors.evaluations.length, 43));

  vectors.evaluation.forEach((row, i) => {
    test(`evaluation ${i + 1} is ${row.expected}`, () =>
      answers("/access/v1/evaluation", row.request, JSON.stringify({ decision: row.expected })));
  });
  vectors.evaluations.forEach((row, i) => {
    test(`evaluations ${i + 1}`, () =>
      answers("/access/v1/evaluations", row.request, JSON.stringify({ evaluations: row.expected })));
  });

  test("each of them is one decision in the journal, and no error was counted", async () => {
    const { text } = await service.get("/metrics", { headers: { authorization: `Bearer ${key}` } });
    const counted = [...text.matchAll(/^scopewarden_decisions_total\{.*door="authzen".*\} (\d+)$/gm)].map(([, n]) =>
      Number(n),
    );
    const asked = vectors.evaluation.length + vectors.evaluations.reduce((n, row) => n + row.expected.length, 0);
    assert.equal(
      counted.reduce((a, b) => a + b, 0),
      asked,
    );
    const { rows } = await journal();
    assert.equal(rows, asked);
  });
});

async function journal(): Promise<{ readonly rows: number }> {
  let rows = 0;
  for (let after: string | null = null; ; ) {
    const { body } = await service.ask(
      "query($after: String) { decisions(first: 100, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }",
      { variables: { after } },
    );
    rows += body.data.decisions.edges.length;
    if (!body.data.decisions.pageInfo.hasNextPage) return { rows };
    after = body.data.decisions.pageInfo.endCursor;
  }
}
