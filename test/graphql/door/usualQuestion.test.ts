import assert from "node:assert/strict";
import { test } from "node:test";
import { usualQuestion } from "../../../src/graphql/door/graphqlDoor.ts";

const asked = (more: { readonly type?: string; readonly body?: unknown }) => ({
  headers: { "content-type": more.type ?? "application/json" },
  body: "body" in more ? more.body : { query: "{ a }" },
});

test("the usual form is recognized, and nothing else is taken for it", () => {
  const least = { query: "{ a }", operationName: undefined, variables: {} };
  assert.deepEqual(usualQuestion(asked({})), least);
  assert.deepEqual(usualQuestion(asked({ type: "application/json; charset=utf-8" })), least);
  const all = { query: "{ a }", operationName: "A", variables: { a: 1 } };
  assert.deepEqual(usualQuestion(asked({ body: { ...all, more: 1 } })), all);
  const nothing = { query: "{ a }", operationName: null, variables: null, extensions: null };
  assert.deepEqual(usualQuestion(asked({ body: nothing })), least);
  for (const other of [
    asked({ type: "application/json;  charset=utf-8" }),
    asked({ type: "text/plain" }),
    ...[null, "x", [], {}, { query: "" }, { query: 1 }].map((body) => asked({ body })),
    ...["operationName", "variables", "extensions"].map((name) => asked({ body: { query: "{ a }", [name]: 1 } })),
    asked({ body: { query: "{ a }", extensions: {} } }),
    asked({ body: { query: "{ a }", variables: [] } }),
  ])
    assert.equal(usualQuestion(other), null);
});
