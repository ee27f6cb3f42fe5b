import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOfAccess } from "../../../src/domain/monitoring/reviews/accessList.ts";
import type { ReviewItem } from "../../../src/domain/monitoring/reviews/campaign.ts";
import { inverseOf, removalsOf } from "../../../src/domain/monitoring/reviews/removal.ts";
import { applyOperations } from "../../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { emptySnapshot, rowsOf, type Snapshot } from "../../../src/domain/policy/snapshot.ts";
import { rowKey } from "../../../src/domain/policy/types.ts";
import { assignmentAccess, decidedAs, grantAccess, reviewItem } from "../../support/reviews.ts";

const NOW = 1_000;
const UNCHANGED = { now: NOW, hasChanged: () => false };
const changeFacts = { now: NOW, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
function after(snapshot: Snapshot, operations: readonly PolicyOperation[]): Snapshot {
  const applied = applyOperations(snapshot, operations, changeFacts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}
const policy = after(emptySnapshot(), [
  { putClient: { id: "ehr", name: "Records" } },
  { putRole: { name: "nurse" } },
  { assignRole: { subjectId: "rose", role: "nurse", organization: "ward" } },
  { assignRole: { subjectId: "rob", role: "nurse", organization: "*", validUntil: 9_000 } },
  { assignRole: { clientId: "ehr", role: "nurse", organization: "ward" } },
  { grantScope: { clientId: "ehr", scope: "user/*.cruds", validFrom: 10, validUntil: 9_000 } },
  { grantScope: { clientId: "ehr", scope: "user/Condition.r" } },
  { grantScope: { clientId: "ehr", scope: "user/Patient.r", validFrom: 5_000 } },
]);
const WHOLE = grantAccess({ validFrom: 10, validUntil: 9_000 });
const EVERYWHERE = assignmentAccess({ subjectId: "rob", organization: "*", validUntil: 9_000 });
const reduced = (id: string, access: ReviewItem["access"], to: object): ReviewItem =>
  reviewItem(id, {
    access,
    decision: decidedAs("REDUCE", { to: { scopes: null, organizations: null, validUntil: null, ...to } }),
  });

/** Grants and assignments by their keys, each with its end. */
const access = (snapshot: Snapshot): readonly string[] =>
  [...rowsOf(snapshot)]
    .flatMap(({ noun, row }) =>
      noun === "grant"
        ? [`${rowKey.grant(row)} ${row.validFrom}..${row.validUntil}`]
        : noun === "assignment"
          ? [`${rowKey.assignment(row)} ${row.validFrom}..${row.validUntil}`]
          : [],
    )
    .sort();
const gone = (snapshot: Snapshot): readonly string[] => access(policy).filter((row) => !access(snapshot).includes(row));
const come = (snapshot: Snapshot): readonly string[] => access(snapshot).filter((row) => !access(policy).includes(row));
const removed = (...items: readonly ReviewItem[]): Snapshot => after(policy, removalsOf(policy, items, UNCHANGED));

test("what is to be removed goes, what is kept stays, and what nobody decided goes with it", () => {
  const kept = reviewItem("1", { access: assignmentAccess(), decision: decidedAs("KEEP") });
  const undecided = reviewItem("2", { access: WHOLE });
  const removal = reviewItem("3", {
    access: assignmentAccess({ subjectId: null, subjectType: null, clientId: "ehr" }),
    decision: decidedAs("REMOVE"),
  });
  const then = removed(kept, undecided, removal);
  assert.deepEqual(gone(then), ['["ehr","user/*.cruds"] 10..9000', '[null,null,"ehr","nurse","ward"] null..null']);
  assert.deepEqual(come(then), []);
});

test("what is not there any more needs no operation", () => {
  const gone = reviewItem("1", { access: assignmentAccess({ subjectId: "nobody" }), decision: decidedAs("REMOVE") });
  assert.deepEqual(removalsOf(policy, [gone], UNCHANGED), []);
});

test("a grant becomes narrower scopes for as long as it was, and one that is held stays as it is held", () => {
  const scopes = ["user/Condition.r", "user/Observation.rs"];
  const then = removed(reduced("1", WHOLE, { scopes }));
  assert.deepEqual(gone(then), ['["ehr","user/*.cruds"] 10..9000']);
  assert.deepEqual(come(then), ['["ehr","user/Observation.rs"] 10..9000']);
});

test("a row that holds later, kept or not in the list, is never touched: what would be reduced to it is left out", () => {
  const whole = reduced("1", WHOLE, { scopes: ["user/Observation.rs", "user/Patient.r"] });
  const later = grantAccess({ scope: "user/Patient.r", validFrom: 5_000 });
  const of = (...items: readonly ReviewItem[]) => removalsOf(policy, items, UNCHANGED);
  assert.deepEqual(of(whole), []);
  assert.deepEqual(of(whole, reviewItem("2", { access: later, decision: decidedAs("KEEP") })), []);
  // One that was left out is in the way itself.
  const first = after(policy, [{ grantScope: { clientId: "ehr", scope: "user/Condition.rs", validFrom: 5_000 } }]);
  const middle = reduced("3", grantAccess({ scope: "user/Condition.rs", validFrom: 5_000 }), {
    scopes: ["user/Patient.r"],
  });
  for (const items of [
    [middle, reduced("1", WHOLE, { scopes: ["user/Condition.rs"] })],
    [reduced("1", WHOLE, { scopes: ["user/Condition.rs"] }), middle],
  ])
    assert.deepEqual(removalsOf(first, items, UNCHANGED), []);
  // What goes by an item of its own makes room.
  const then = removed(whole, reviewItem("2", { access: later }));
  assert.deepEqual(gone(then), ['["ehr","user/*.cruds"] 10..9000', '["ehr","user/Patient.r"] 5000..null']);
  assert.deepEqual(come(then), ['["ehr","user/Observation.rs"] 10..9000', '["ehr","user/Patient.r"] 10..9000']);
});

test("what was changed or given anew since the list was made is neither taken nor given wider", () => {
  const listed = grantAccess({ validFrom: 10, validUntil: null });
  const longer = grantAccess({ validFrom: 10, validUntil: 9_500 });
  for (const access of [listed, longer, grantAccess({ validUntil: 9_000 })])
    for (const item of [
      reviewItem("1", { access }),
      reviewItem("1", { access, decision: decidedAs("REMOVE") }),
      reduced("1", access, { scopes: ["user/Observation.rs"] }),
      reduced("1", access, { validUntil: 9_200 }),
    ])
      assert.deepEqual(removalsOf(policy, [item], UNCHANGED), []);
  const removal = reviewItem("1", { access: WHOLE, decision: decidedAs("REMOVE") });
  assert.equal(removalsOf(policy, [removal], UNCHANGED).length, 1);
  assert.deepEqual(removalsOf(policy, [removal], { now: NOW, hasChanged: (access) => access === WHOLE }), []);
});

test("what is decided to be removed is not given by the reduction of another", () => {
  const whole = reduced("1", WHOLE, { scopes: ["user/Condition.r", "user/Observation.rs"] });
  const part = grantAccess({ scope: "user/Condition.r" });
  const [removal, silent] = [
    reviewItem("2", { access: part, decision: decidedAs("REMOVE") }),
    reviewItem("2", { access: part }),
  ];
  assert.deepEqual(come(removed(whole, removal)), ['["ehr","user/Observation.rs"] 10..9000']);
  assert.ok(gone(removed(whole, removal)).includes('["ehr","user/Condition.r"] null..null'));
  assert.ok(access(removed(whole, silent)).includes('["ehr","user/Condition.r"] 10..9000'));
});

test("a role in all organizations becomes one in some, and any access an earlier end", () => {
  const some = removed(reduced("1", EVERYWHERE, { organizations: ["clinic", "ward"] }));
  assert.deepEqual(come(some), [
    '["rob","user",null,"nurse","clinic"] null..9000',
    '["rob","user",null,"nurse","ward"] null..9000',
  ]);
  assert.deepEqual(gone(some), ['["rob","user",null,"nurse","*"] null..9000']);
  const earlier = removed(reduced("1", EVERYWHERE, { validUntil: 2_000 }));
  assert.deepEqual(come(earlier), ['["rob","user",null,"nurse","*"] null..2000']);
});

test("law: the inverse of each removal and reduction gives back what there was", () => {
  for (const item of [
    reviewItem("1", { access: assignmentAccess(), decision: decidedAs("REMOVE") }),
    reviewItem("2", { access: WHOLE }),
    reduced("3", WHOLE, { scopes: ["user/Observation.rs"] }),
    reduced("4", WHOLE, { validUntil: 2_000 }),
    reduced("5", grantAccess({ scope: "user/Condition.r" }), { validUntil: 2_000 }),
    reduced("6", EVERYWHERE, { organizations: ["clinic"] }),
  ]) {
    const then = removed(item);
    assert.notDeepEqual(access(then), access(policy), item.id);
    assert.deepEqual(access(after(then, inverseOf(then, item))), access(policy), item.id);
  }
  assert.deepEqual(inverseOf(policy, reviewItem("7", { decision: decidedAs("KEEP") })), []);
});

test("the key of access is that of the policy's row", () => {
  assert.equal(keyOfAccess(WHOLE), '["ehr","user/*.cruds"]');
  assert.equal(keyOfAccess(EVERYWHERE), '["rob","user",null,"nurse","*"]');
});
