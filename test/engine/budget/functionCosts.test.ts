import assert from "node:assert/strict";
import { test } from "node:test";
import { Environment } from "@marcbachmann/cel-js";
import { FUNCTION_COSTS } from "../../../src/engine/budget/functionCosts.ts";

test("every function that the library has is known by its cost, and no other", () => {
  const names = new Set(new Environment().getDefinitions().functions.map(({ name }) => name));
  assert.deepEqual([...FUNCTION_COSTS.keys()].sort(), [...names].sort());
});
