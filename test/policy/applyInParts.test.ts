import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPolicyAdmin } from "../../src/domain/policy/admin.ts";
import { applyInParts, applyOperations, applyRollback, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { wideningsOf } from "../../src/domain/policy/widening.ts";
import { memoryPolicyStore } from "../support/memory.ts";
import { changesBetween } from "../support/policies.ts";

/* A large change gives way to decisions between its parts, and comes to what it comes to without a break. */

const facts: ChangeFacts = { now: 1, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
const many = (operation: (n: number) => PolicyOperation, count = 200): readonly PolicyOperation[] =>
  Array.from({ length: count }, (_, n) => operation(n));
const NURSE = { putRole: { name: "nurse" } };
const rule = (n: number, more: object = {}): PolicyOperation => ({
  putRule: {
    id: `r${n}`,
    role: "nurse",
    scope: "patient/Observation.r",
    action: "read",
    resourceType: "*",
    effect: "ALLOW",
    ...more,
  },
});

async function applied(s: Snapshot, operations: readonly PolicyOperation[]) {
  let breaths = 0;
  const breathe = async () => {
    breaths++;
  };
  const done = await applyInParts(s, operations, { facts, breathe });
  return { ...done, breaths };
}
function made(s: Snapshot, operations: readonly PolicyOperation[]): Snapshot {
  const done = applyOperations(s, operations, facts);
  assert.ok(done.ok, JSON.stringify(done));
  return done.snapshot;
}
const ruled = made(emptySnapshot(), [NURSE, ...many((n) => rule(n))]);

const LARGE: readonly (readonly [what: string, base: Snapshot, operations: readonly PolicyOperation[]])[] = [
  ["rules that are put", made(emptySnapshot(), [NURSE]), many((n) => rule(n))],
  ["rules that are deleted", ruled, many((n) => ({ deleteRule: { id: `r${n}` } }))],
  [
    "roles, each an heir of the last",
    emptySnapshot(),
    many((n) => ({ putRole: { name: `l${n}`, inherits: n === 0 ? [] : [`l${n - 1}`] } })),
  ],
  ["what is refused", emptySnapshot(), many((n) => rule(n, { role: `nobody${n}`, action: "" }))],
];

describe("a large change", () => {
  for (const [what, base, operations] of LARGE)
    test(`gives way between its parts: ${what}`, async () => {
      const { breaths, ...parts } = await applied(base, operations);
      const whole = applyOperations(base, operations, facts);
      assert.equal(parts.ok, whole.ok);
      if (!parts.ok || !whole.ok) {
        assert.deepEqual(parts, whole);
        assert.ok(!parts.ok && parts.problems.length >= operations.length, "every problem is told");
      } else {
        assert.deepEqual([parts.changes, parts.findings], [whole.changes, whole.findings]);
        assert.deepEqual(changesBetween(parts.snapshot, whole.snapshot), []);
        // Operations, references, lint and differences in parts of ten, widenings of twenty.
        assert.equal(breaths, (4 * operations.length) / 10 + operations.length / 20);
      }
      assert.ok(breaths >= operations.length / 20, `${breaths}`);
    });

  test("looks in parts for conditions that read a client's name", async () => {
    const base = made(emptySnapshot(), [
      NURSE,
      { putClient: { id: "ehr", name: "EHR" } },
      ...many((n) => rule(n), 5_000),
    ]);
    const rename: PolicyOperation = { updateClient: { id: "ehr", name: "other" } };
    const { breaths, ...found } = await applied(base, [rename]);
    assert.deepEqual(found.ok && found.findings, []);
    assert.equal(breaths, 2);
    const reading = made(base, [rule(0, { when: 'client.name == "EHR"' })]);
    const told = await applied(reading, [rename]);
    assert.ok(told.ok, "it may be done");
    assert.match(told.findings.map(({ message }) => message).join(), /another name, which a condition reads/);
    assert.deepEqual(told.findings, wideningsOf(reading, told.changes));
  });

  test("that deletes the successors of deprecated scopes is told of each", () => {
    const atoms = [{ resourceType: "Observation", actions: ["read"] }];
    const two = ["a", "b"];
    const base = made(emptySnapshot(), [
      ...two.flatMap((name): PolicyOperation[] => [
        { putScope: { name: `old_${name}`, atoms } },
        { activateScope: { name: `old_${name}` } },
        { putScope: { name: `new_${name}`, atoms } },
        { deprecateScope: { name: `old_${name}`, sunsetAt: 1_000, replacedBy: `new_${name}` } },
      ]),
      { putScope: { name: "other", atoms } },
    ]);
    const gone = applyOperations(
      base,
      ["new_a", "other", "new_b"].map((name) => ({ deleteScope: { name, version: 1 } })),
      facts,
    );
    assert.deepEqual(
      gone.ok ? [] : gone.problems.map(({ message, path }) => `${path}: ${message}`),
      two.map(
        (name, i) =>
          `operations[${2 * i}].deleteScope: scope new_${name} is still named as the successor of old_${name} v1`,
      ),
    );
  });

  test("that is a rollback of scopes gives way between them", async () => {
    const atoms = [{ resourceType: "Observation", actions: ["read"] }];
    const drafts = made(
      emptySnapshot(),
      many((n) => ({ putScope: { name: `scope_${n}`, atoms } })),
    );
    const active = made(
      drafts,
      many((n) => ({ activateScope: { name: `scope_${n}` } })),
    );
    let breaths = 0;
    const breathe = async () => {
      breaths++;
    };
    const back = { toRevision: 1, facts, breathe };
    const done = await applyRollback(active, changesBetween(active, drafts), back);
    assert.ok(done.ok, "it may be done");
    assert.deepEqual([done.changes.length, done.findings.length], [200, 200]);
    // Fifty scopes at once, turned back and then compared; ten rows in the lint, twenty in the widenings.
    assert.equal(breaths, 4 + 4 + 20 + 10);
  });

  test("shows nothing of itself before it is whole, and the next one waits", async () => {
    const store = memoryPolicyStore();
    const seen = new Set<string>();
    const breathe = async () => {
      const { revision, roles } = admin.current();
      seen.add(`${revision}: ${roles.size} roles`);
    };
    const admin = createPolicyAdmin({ store, facts: () => facts, clock: () => 5, breathe });
    await admin.refresh();
    const of = (from: string) => many((n) => ({ putRole: { name: `${from}${n}` } }));
    const change = { reason: "r", author: "me" };
    await Promise.all([
      admin.apply({ ...change, operations: of("a") }),
      admin.apply({ ...change, operations: of("b") }),
      admin.trial({ operations: of("c") }),
    ]);
    assert.deepEqual([...seen].sort(), ["0: 0 roles", "1: 200 roles"]);
    assert.deepEqual([admin.current().revision, admin.current().roles.size], [2, 400]);
  });
});
