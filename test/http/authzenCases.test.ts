import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { clientKey, post } from "./authzenSupport.ts";
import { operationOf, problemsOf } from "./openapiSchemas.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

type Members = Readonly<Record<string, unknown>>;
interface Case {
  readonly name: string;
  readonly at: string;
  readonly body?: Members | string;
  readonly base?: false;
  readonly status?: number;
  readonly is?: unknown;
  readonly decision?: boolean;
  readonly decisions?: readonly boolean[];
  readonly results?: readonly string[];
  readonly error?: string;
  readonly errors?: readonly (string | null)[];
}
const { policy, base, cases } = parse(readFileSync(new URL("../cases/authzen.yaml", import.meta.url), "utf8")) as {
  readonly policy: readonly unknown[];
  readonly base: Members;
  readonly cases: readonly Case[];
};

let service: Service;
let key: string;
before(async () => {
  service = await startService();
  const answer = await applyPolicy(service, policy);
  assert.equal(answer.body.errors, undefined, answer.text);
  ({ key } = await clientKey(service, "app"));
});
after(() => service.stop());

interface Item {
  readonly decision: boolean;
  readonly context?: { readonly error?: { readonly status: number; readonly message: string } };
}
/** An item's error is that of a request with this error alone, whose status is 400; no error: null. */
function checkError({ context }: Item, expected: string | null | undefined): void {
  if (expected === null) assert.equal(context?.error, undefined);
  if (typeof expected !== "string") return;
  assert.equal(context?.error?.status, 400);
  assert.ok(context.error.message.startsWith(expected), context.error.message);
}

describe("AuthZEN, case by case", () => {
  test("has its cases, each with a name of its own", () => {
    assert.ok(cases.length >= 25);
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  });

  for (const each of cases) {
    test(each.name, async () => {
      const path = `/access/v1/${each.at}`;
      const whole = { ...(each.base === false ? {} : base), ...(typeof each.body === "object" ? each.body : {}) };
      const asked = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null));
      const answer = await post(service, path, typeof each.body === "string" ? each.body : asked, { key });
      const { status = 200, is, decision, decisions, results, error, errors } = each;
      assert.equal(answer.status, status, answer.text);
      if (status !== 200) {
        assert.equal(answer.body.error.status, status);
        assert.ok(answer.body.error.message.startsWith(error), answer.text);
        return;
      }
      if (is !== undefined) assert.equal(answer.text, JSON.stringify(is));
      if (decision !== undefined) {
        assert.equal(answer.body.decision, decision, answer.text);
        checkError(answer.body, error);
      }
      if (decisions !== undefined) {
        const items = answer.body.evaluations as readonly Item[];
        assert.deepEqual(
          items.map((item) => item.decision),
          decisions,
        );
        for (const [i, item] of items.entries()) checkError(item, errors?.[i]);
      }
      if (results !== undefined)
        assert.deepEqual(
          answer.body.results.map(({ id, name }: { id?: string; name?: string }) => id ?? name),
          results,
        );
      assert.ok(
        [is, decision, decisions, results].some((expected) => expected !== undefined),
        "nothing is expected",
      );
      // What is answered so is a request by the OpenAPI document; items that are no questions are for the batch to tell.
      const schema = operationOf(path)?.requestBody?.content?.["application/json"]?.schema;
      assert.ok(schema);
      if (errors === undefined) assert.deepEqual(problemsOf(schema, asked), []);
    });
  }
});
