import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { applyOperations, applyRollback, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { changesBetween } from "../support/policies.ts";

let facts: ChangeFacts;
before(async () => {
  const { checkCondition, readCondition } = await createEngine();
  facts = { now: 1, newId: () => "id", checkCondition, readCondition };
});

const SCOPE = { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] };
const BASE: readonly PolicyOperation[] = [
  { putScope: SCOPE },
  { activateScope: { name: "view_labs" } },
  { putRole: { name: "nurse" } },
];
const RULE = { id: "r", role: "nurse", scope: "view_labs", action: "read", resourceType: "Observation" } as const;

function changed(
  snapshot: Snapshot,
  operations: readonly PolicyOperation[],
  more: Partial<ChangeFacts> = {},
): Snapshot {
  const applied = applyOperations(snapshot, operations, { ...facts, ...more });
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}
function refusal(snapshot: Snapshot, operations: readonly PolicyOperation[]): string {
  const applied = applyOperations(snapshot, operations, facts);
  assert.ok(!applied.ok, "it was taken");
  return applied.problems.map(({ path, message }) => `${path}: ${message}`).join("\n");
}

describe("rules are linted when they are put", () => {
  const base = (): Snapshot => changed(emptySnapshot(), BASE);
  const put = (more: object): readonly PolicyOperation[] => [{ putRule: { ...RULE, effect: "ALLOW", ...more } }];

  for (const [code, more] of [
    ["ALLOW_EVERY_ROLE", { role: "*" }],
    ["ALLOW_EVERY_SCOPE", { scope: "*" }],
    ["PURPOSE_UNKNOWN", { when: 'purposeOfUse == "TRAET"' }],
    [
      "PURPOSE_UNKNOWN",
      { effect: "DENY", when: 'purposeOfUse == "http://terminology.hl7.org/CodeSystem/v3-ActReason|TRAET"' },
    ],
    ["OUTSIDE_SCOPE", { effect: "DENY", action: "update" }],
    ["OUTSIDE_SCOPE", { effect: "DENY", scope: "patient/Observation.rs", resourceType: "Condition" }],
  ] as const) {
    test(`${code} needs a justification, which is kept: ${JSON.stringify(more)}`, () => {
      assert.match(refusal(base(), put(more)), new RegExp(`^operations\\[0\\]\\.putRule: ${code}: .* justification`));
      assert.match(refusal(base(), put({ ...more, justification: "  " })), /justification: must not be empty/);
      const { rules } = changed(base(), put({ ...more, justification: " Asked for by the ward. " }));
      assert.equal(rules.get("r")?.justification, "Asked for by the ward.");
    });
  }

  test("what is only pointed out is taken", () => {
    assert.equal(changed(base(), put({ action: "update" })).rules.size, 1);
    const away = { subjectId: "ann", role: "nurse", organization: "lakeside" };
    const named = put({ when: 'resource.organization == "hilltop"' });
    assert.equal(changed(base(), [{ assignRole: away }, ...named]).rules.size, 1);
  });

  test("with the scopes that the same change puts, drafts included", () => {
    const deny = { putRule: { ...RULE, effect: "DENY", action: "update" } } as const;
    const wider = { ...SCOPE, atoms: [{ resourceType: "Observation", actions: ["update"] }] };
    assert.equal(changed(base(), [deny, { putScope: wider }]).rules.size, 1);
  });

  test("a justification that an update keeps holds for what it was given for, and no more", () => {
    const open = changed(base(), put({ role: "*", justification: "Public." }));
    const update = (more: object): readonly PolicyOperation[] => [{ updateRule: { id: "r", ...more } }];
    assert.equal(changed(open, update({ description: "For all." })).rules.get("r")?.justification, "Public.");
    assert.match(refusal(open, update({ scope: "*" })), /updateRule: ALLOW_EVERY_SCOPE/);
    assert.match(refusal(open, [...update({ scope: "*" }), ...update({ action: "*" })]), /ALLOW_EVERY_SCOPE/);
    assert.equal(changed(open, update({ scope: "*", justification: "All of it." })).rules.get("r")?.scope, "*");
  });

  test("other changes don't ask again about rules that stand", () => {
    const open = changed(base(), put({ role: "*", justification: "Public." }));
    assert.equal(changed(open, [{ putRole: { name: "clerk" } }]).rules.size, 1);
  });
});

test("rules that a rollback restores are linted too", async () => {
  const breathe = () => Promise.resolve();
  const open = { ...changed(emptySnapshot(), BASE) };
  const past = changed(open, [{ putRule: { ...RULE, role: "*", effect: "ALLOW", justification: "Public." } }]);
  const now = changed(past, [{ deleteRule: { id: "r" } }]);
  assert.ok((await applyRollback(now, changesBetween(now, past), { toRevision: 1, facts, breathe })).ok);
  // As an older version of the service may have taken it.
  const rule = past.rules.get("r");
  assert.ok(rule !== undefined);
  const older: Snapshot = { ...past, rules: past.rules.set("r", { ...rule, justification: null }) };
  const refused = await applyRollback(now, changesBetween(now, older), { toRevision: 1, facts, breathe });
  assert.ok(!refused.ok);
  assert.match(refused.problems[0]?.message ?? "", /^rule r: ALLOW_EVERY_ROLE/);
  assert.equal(refused.problems[0]?.path, "toRevision");
});

test("a scope that asks for consent is activated as any other", () => {
  const asking: readonly PolicyOperation[] = [
    { putScope: { ...SCOPE, requiresConsent: true } },
    { activateScope: { name: "view_labs" } },
  ];
  assert.equal(changed(emptySnapshot(), asking).scopes.get("view_labs")?.[0]?.state, "ACTIVE");
});
