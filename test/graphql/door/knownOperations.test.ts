import assert from "node:assert/strict";
import { test } from "node:test";
import { createKnownOperations } from "../../../src/graphql/door/knownOperations.ts";
import { buildScopewardenSchema } from "../../../src/graphql/door/schema.ts";
import { valid } from "./compiledSupport.ts";

const schema = buildScopewardenSchema();
const decision = (name: string): string => `query ${name}($i: AuthorizeInput!) { authorize(input: $i) { id } }`;

function setUp() {
  const known = createKnownOperations(schema);
  /** Learns an operation as often as it takes. */
  const learn = (query: string, operationName?: string): void => {
    const answered = valid(schema, query, operationName);
    known.learn(query, answered);
    known.learn(query, answered);
  };
  return { known, learn };
}

test("an operation is known by the text of its document, from the second answer on", () => {
  const { known } = setUp();
  const query = decision("A");
  const answered = valid(schema, query);
  known.learn(query, answered);
  assert.equal(known.of(query, undefined), undefined);
  known.learn(query, answered);
  assert.equal(known.of(query, undefined)?.operation, answered.operation);
  assert.equal(known.of(query, "A")?.compiled.field, "authorize");
  for (const name of ["B", ""]) assert.equal(known.of(query, name), undefined);
  assert.equal(known.of(`${query} `, undefined), undefined);
});

test("what is not compiled, one of several and what is too long are not known", () => {
  const { known, learn } = setUp();
  const several = `${decision("A")} ${decision("B")}`;
  const long = `${decision("A")} # ${"x".repeat(2000)}`;
  for (const query of ["{ scopes { edges { cursor } } }", several, long]) {
    learn(query, query === several ? "A" : undefined);
    assert.equal(known.of(query, undefined), undefined);
    assert.equal(known.of(query, "A"), undefined);
  }
});

test("a bounded number is known: those that were asked for lately", () => {
  const { known, learn } = setUp();
  learn(decision("Asked"));
  learn(decision("Forgotten"));
  for (let i = 0; i < 60; i += 1) {
    learn(decision(`A${i}`));
    assert(known.of(decision("Asked"), undefined));
  }
  assert.equal(known.of(decision("Forgotten"), undefined), undefined);
  assert.equal(known.of(decision("A0"), undefined), undefined);
  assert(known.of(decision("A59"), undefined));
});
