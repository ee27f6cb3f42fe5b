import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { compareAccess } from "../../src/domain/simulation/access/compareAccess.ts";
import { checkCondition } from "../../src/engine/conditions.ts";
import { readCondition } from "../../src/engine/conditionTerms.ts";
import { createEngine } from "../../src/engine/engine.ts";

/* Roles that inherit each other, as many as a request has room for: a chain of a thousand kept everyone waiting for minutes. */

const engine = await createEngine();
const NOW = 1;
const changeFacts = { now: NOW, newId: () => "id", checkCondition, readCondition };

function made(operations: readonly PolicyOperation[], base: Snapshot = emptySnapshot()): Snapshot {
  const applied = applyOperations(base, operations, changeFacts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}
const chain = (length: number): readonly PolicyOperation[] =>
  Array.from({ length }, (_, n) => ({ putRole: { name: `l${n}`, inherits: n === 0 ? [] : [`l${n - 1}`] } }));
const rule = (role: string, action = "read"): PolicyOperation => ({
  putRule: {
    id: role,
    role,
    scope: "patient/Observation.r",
    action,
    resourceType: "Observation",
    when: null,
    effect: "ALLOW",
  },
});

async function compared(before: Snapshot, after: Snapshot) {
  let breaths = 0;
  const breathe = async () => {
    breaths++;
  };
  const factsOf = (snapshot: Snapshot) => ({ snapshot, engine, now: NOW });
  return { ...(await compareAccess(factsOf(before), factsOf(after), { breathe })), breaths: () => breaths };
}

describe("a chain of roles, compared", () => {
  test("without rules has nothing to tell, all of it is looked at, and others go on between the roles", async () => {
    const found = await compared(emptySnapshot(), made(chain(1_000)));
    assert.deepEqual([found.complete, found.equal, found.cells], [true, 0, []]);
    assert.ok(found.breaths() >= 2_000, `${found.breaths()}`);
  });

  test("tells of each heir what it comes to hold, by the rule of the first", async () => {
    const base = made([...chain(1), rule("l0")]);
    const found = await compared(base, made(chain(30), base));
    assert.equal(found.complete, true);
    assert.deepEqual(
      found.cells.map(({ change, role }) => `${role} ${change}`).sort(),
      Array.from({ length: 29 }, (_, n) => `l${n + 1} WIDER`).sort(),
    );
  });

  test("of which each has a rule is looked at up to a bound, and then says that it is not complete", async () => {
    const first: readonly PolicyOperation[] = Array.from({ length: 500 }, (_, n) => ({ putRole: { name: `l${n}` } }));
    const base = made([...first, ...first.map((_, n) => rule(`l${n}`, `operation-${n}`))]);
    const found = await compared(base, made(chain(500), base));
    assert.equal(found.complete, false);
    assert.notEqual(found.cells.length, 0);
    // One for four looks, and one for each region that was found: all of it would be twice as much.
    assert.ok(found.breaths() > 20_000 && found.breaths() < 50_000, `${found.breaths()}`);
  });
});
