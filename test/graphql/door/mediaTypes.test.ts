import assert from "node:assert/strict";
import { test } from "node:test";
import { createMediaTypes } from "../../../src/graphql/door/graphqlDoor.ts";

test("media types are learned from answers, by the header as it is; none is the empty one", () => {
  const types = createMediaTypes();
  assert.equal(types.of(undefined), undefined);
  types.learn(undefined, "application/json");
  types.learn("a/b", undefined);
  assert.equal(types.of(undefined), "application/json");
  assert.equal(types.of(""), "application/json");
  assert.equal(types.of("a/b"), undefined);
});

test("a bounded number of them, and none that is long", () => {
  const types = createMediaTypes();
  for (let i = 0; i < 1000; i += 1) types.learn(`a/${i}`, "a");
  assert.equal(types.of("a/0"), undefined);
  assert.equal(types.of("a/999"), "a");
  types.learn("x".repeat(257), "a");
  assert.equal(types.of("x".repeat(257)), undefined);
});
