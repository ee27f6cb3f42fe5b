import assert from "node:assert/strict";
import { test } from "node:test";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { refusalOf } from "../../src/doors/refusal.ts";
import { newRequestFacts } from "../../src/doors/requestFacts.ts";

test("what was foreseen is told in its own words, and is no matter for the log", () => {
  const facts = newRequestFacts();
  const refusal = refusalOf(new ScopewardenError("CONFLICT", "somebody was first"), facts);
  assert.deepEqual(refusal, { code: "CONFLICT", message: "somebody was first" });
  assert.deepEqual([facts.codes, facts.internal], [["CONFLICT"], []]);
});

test("of what nobody foresaw the caller learns nothing, and the log where it came from", () => {
  for (const error of [new TypeError("canary"), new ScopewardenError("INTERNAL", "canary"), "canary"]) {
    const facts = newRequestFacts();
    assert.deepEqual(refusalOf(error, facts), {
      code: "INTERNAL",
      message: "Something went wrong inside the service.",
    });
    assert.deepEqual(facts.codes, ["INTERNAL"]);
    assert.equal(facts.internal.length, 1);
    assert(!JSON.stringify(facts.internal.map(({ frames: _, ...rest }) => rest)).includes("canary"));
  }
});
