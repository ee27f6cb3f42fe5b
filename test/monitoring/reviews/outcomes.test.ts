import assert from "node:assert/strict";
import { before, test } from "node:test";
import { outcomesOf, type ProposalEnd } from "../../../src/domain/monitoring/reviews/outcomes.ts";
import { removalsOf } from "../../../src/domain/monitoring/reviews/removal.ts";
import { applyOperations } from "../../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { assignmentAccess, decidedAs, grantAccess, reviewItem } from "../../support/reviews.ts";

const NOW = 1_000;
const changeFacts = { now: NOW, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
let engine: Engine;
before(async () => {
  engine = await createEngine();
});
function after(snapshot: Snapshot, operations: readonly PolicyOperation[]): Snapshot {
  const applied = applyOperations(snapshot, operations, changeFacts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}
const policy = after(emptySnapshot(), [
  { putClient: { id: "ehr", name: "Records" } },
  { putRole: { name: "nurse" } },
  { assignRole: { subjectId: "rose", role: "nurse", organization: "ward" } },
  { assignRole: { subjectId: "rob", role: "nurse", organization: "ward" } },
  { assignRole: { subjectId: "rob", role: "nurse", organization: "*" } },
  { grantScope: { clientId: "ehr", scope: "user/*.cruds" } },
]);
const items = [
  reviewItem("kept", { decision: decidedAs("KEEP") }),
  reviewItem("removed", { access: assignmentAccess({ subjectId: "rob" }), decision: decidedAs("REMOVE") }),
  reviewItem("reduced", { access: grantAccess(), decision: decidedAs("REDUCE") }),
  reviewItem("earlier", { access: assignmentAccess({ subjectId: "gone" }), decision: decidedAs("REMOVE") }),
];
const operations = removalsOf(policy, items, { now: NOW, hasChanged: () => false });
const applied = after(policy, operations);
const outcomes = (snapshot: Snapshot, end: ProposalEnd | null, begunAfter = false) =>
  outcomesOf(items, end, { facts: { snapshot, engine, now: NOW }, begunAfter: () => begunAfter, listedAt: 1 }).map(
    ({ outcome }) => outcome,
  );
const APPLIED = { operations, appliedRevision: 2, reason: null };

test("of an applied proposal each item says what became of it, and whether access is held in another way still", () => {
  assert.deepEqual(outcomes(applied, APPLIED), [
    { is: "KEPT", note: null },
    { is: "REMOVED", note: "Another assignment gives the role there still." },
    { is: "REDUCED", note: null },
    { is: "GONE_BEFORE", note: null },
  ]);
});

test("of one that was refused what was to go is refused, with the reason", () => {
  const refused = { is: "REFUSED", note: "They are needed" };
  assert.deepEqual(outcomes(policy, { operations, appliedRevision: null, reason: "They are needed" }), [
    { is: "KEPT", note: null },
    refused,
    refused,
    { is: "GONE_BEFORE", note: null },
  ]);
});

test("where nothing was proposed, what was to go had gone before, or was changed since, which a note tells", () => {
  assert.deepEqual(outcomes(emptySnapshot(), null), [
    { is: "KEPT", note: null },
    ...Array.from({ length: 3 }, () => ({ is: "GONE_BEFORE", note: null })),
  ]);
  const changed = after(policy, [
    { assignRole: { subjectId: "rob", role: "nurse", organization: "ward", validUntil: 9_000 } },
    { grantScope: { clientId: "ehr", scope: "user/*.cruds", validUntil: 9_000 } },
  ]);
  for (const found of [outcomes(changed, null), outcomes(policy, null, true)]) {
    assert.deepEqual(
      found.map((outcome) => outcome?.is),
      ["KEPT", "GONE_BEFORE", "GONE_BEFORE", "GONE_BEFORE"],
    );
    assert.match(found[1]?.note ?? "", /changed or given anew after the review began/);
    assert.match(found[2]?.note ?? "", /changed or given anew after the review began/);
  }
});

test("what could not be reduced says so, and what was to be removed and stands as listed ends no campaign", () => {
  const withoutRob = after(policy, [{ unassignRole: { subjectId: "rob", role: "nurse", organization: "ward" } }]);
  const [, , reduced] = outcomes(withoutRob, null);
  assert.equal(reduced?.is, "REFUSED");
  assert.match(reduced?.note ?? "", /stands as it was/);
  assert.throws(() => outcomes(policy, null), { code: "CONFLICT" });
});

test("access that stands although it was taken away ends no campaign, unless it was given anew", () => {
  assert.throws(() => outcomes(policy, APPLIED), {
    code: "CONFLICT",
    message: /role nurse of rob in ward was to go, and stands/,
  });
  assert.deepEqual(
    outcomes(policy, APPLIED, true).map((outcome) => outcome?.is),
    ["KEPT", "GIVEN_BACK", "GIVEN_BACK", "GONE_BEFORE"],
  );
});
