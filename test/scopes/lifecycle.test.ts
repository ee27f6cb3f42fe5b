import assert from "node:assert/strict";
import { test } from "node:test";
import { canMove, type LifecycleStep, type ScopeState, stepsFrom } from "../../src/domain/scopes/lifecycle.ts";

const table: Readonly<Record<ScopeState, Readonly<Record<LifecycleStep, ScopeState | null>>>> = {
  DRAFT: { activate: "ACTIVE", deprecate: null, retire: null },
  ACTIVE: { activate: null, deprecate: "DEPRECATED", retire: "RETIRED" },
  DEPRECATED: { activate: null, deprecate: "DEPRECATED", retire: "RETIRED" },
  RETIRED: { activate: null, deprecate: null, retire: null },
};

for (const [from, steps] of Object.entries(table)) {
  for (const [step, to] of Object.entries(steps)) {
    test(`${from} ${step}: ${to ?? "refused"}`, () => {
      const moved = canMove(from as ScopeState, step as LifecycleStep);
      if (to !== null) assert.deepEqual(moved, { ok: true, value: to });
      else assert.ok(!moved.ok && moved.message.startsWith(`a scope that is ${from} can't ${step}`));
    });
  }
}

test("the refusal says what is possible", () => {
  const moved = canMove("DRAFT", "retire");
  assert.equal(moved.ok ? "" : moved.message, "a scope that is DRAFT can't retire; possible: activate");
  const dead = canMove("RETIRED", "activate");
  assert.equal(dead.ok ? "" : dead.message, "a scope that is RETIRED can't activate; nothing leaves this state");
  assert.deepEqual(stepsFrom("ACTIVE"), ["deprecate", "retire"]);
});
