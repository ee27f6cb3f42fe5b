import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Applied, applyOperations, applyRollback, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { rulesOfScope } from "../../src/domain/policy/findRules.ts";
import type { PolicyOperation, PutMode } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { changesBetween } from "../support/policies.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
let facts: ChangeFacts;
before(async () => {
  const engine = await createEngine();
  let id = 0;
  facts = {
    now: NOW,
    newId: () => `id-${++id}`,
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
});

const view: PolicyOperation = {
  putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] },
};
const hospital: PolicyOperation[] = [
  view,
  { activateScope: { name: "view_labs" } },
  { putRole: { name: "nurse", inherits: ["staff"] } },
  { putRole: { name: "staff" } },
  { putClient: { id: "ehr", name: "EHR" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  { assignRole: { subjectId: "ann", role: "nurse", organization: "o1" } },
  {
    putRule: {
      id: "labs",
      role: "staff",
      scope: "view_labs",
      effect: "ALLOW",
      when: 'purposeOfUse == "TREAT"',
      action: "*",
      resourceType: "*",
    },
  },
];

function ok(applied: Applied): Snapshot {
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  return applied.snapshot;
}
function problems(applied: Applied): string[] {
  assert.ok(!applied.ok, "the change was accepted");
  return applied.problems.map((p) => `${p.path}: ${p.message}`);
}
const apply = (s: Snapshot, operations: readonly PolicyOperation[], mode: PutMode = "any"): Applied =>
  applyOperations(s, operations, facts, mode);
const base = (): Snapshot => ok(apply(emptySnapshot(), hospital));

describe("a policy change", () => {
  test("makes one revision, and leaves the snapshot it started from as it was", () => {
    const start = emptySnapshot();
    const next = ok(apply(start, hospital));
    assert.equal(next.revision, 1);
    assert.equal(start.clients.size + start.rules.size + start.scopes.size, 0);
    assert.equal(next.scopes.get("view_labs")?.[0]?.state, "ACTIVE");
  });

  test("that changes nothing makes no revision", () => {
    const s = base();
    const again = apply(s, hospital);
    assert.ok(again.ok);
    assert.equal(again.snapshot, s);
    assert.deepEqual(again.changes, []);
  });

  test("lists each row that differs, once, with what it was and is", () => {
    const applied = apply(base(), [
      { putClient: { id: "ehr", name: "x" } },
      { putClient: { id: "ehr", name: "EHR 2" } },
      { deleteRule: { id: "labs" } },
    ]);
    assert.ok(applied.ok);
    assert.deepEqual(
      applied.changes.map((c) => [c.noun, c.key, c.before !== null, c.after !== null]),
      [
        ["client", "ehr", true, true],
        ["rule", "labs", true, false],
      ],
    );
  });

  test("reports every problem of every operation, with its place", () => {
    const found = problems(
      apply(base(), [
        {
          putRule: {
            role: "ghost",
            scope: "nope",
            effect: "ALLOW",
            when: "purposeOfUse =",
            action: "*",
            resourceType: "*",
          },
        },
        { grantScope: { clientId: "nobody", scope: "patient/observation.rs" } },
        { putScope: { name: "bad scope", atoms: [] } },
        { putRole: { name: "staff", inherits: ["nurse"] } },
        {},
        { putClient: { id: "a", name: "a" }, deleteClient: { id: "a" } },
        { putRule: { role: "ghost", scope: "nope", effect: "DENY", action: "*", resourceType: "*" } },
      ]),
    );
    assert.deepEqual(
      found.map((text) => text.split(":")[0]),
      [
        "operations[0].putRule.when",
        "operations[1].grantScope.scope",
        "operations[2].putScope.name",
        "operations[4]",
        "operations[5]",
        "operations[3].putRole.inherits",
        "operations[6].putRule.role",
        "operations[6].putRule.scope",
      ],
    );
    assert.match(found[0] ?? "", /line 1, column 1[0-9]/);
    assert.match(found[1] ?? "", /Observation/);
    assert.match(found[2] ?? "", /RFC 6749/);
    assert.match(found[4] ?? "", /not putClient and deleteClient/);
    assert.match(found[5] ?? "", /staff -> nurse -> staff/);
  });

  test("has one operation at each place, whichever door it came by", () => {
    const two = { putRole: { name: "a" }, deleteRole: { name: "nurse" } } as unknown as PolicyOperation;
    assert.deepEqual(problems(apply(base(), [two, {} as unknown as PolicyOperation])), [
      "operations[0]: must have exactly one operation, not putRole and deleteRole",
      "operations[1]: must have exactly one operation, not none",
    ]);
  });

  test("is refused as a whole", () => {
    const s = base();
    problems(apply(s, [{ putClient: { id: "new", name: "new" } }, { deleteRole: { name: "ghost" } }]));
    assert.equal(s.clients.has("new"), false);
  });

  for (const [what, operation, message] of [
    ["a role in use", { deleteRole: { name: "staff" } }, /still used by the roles nurse/],
    ["a role that rules name", { deleteRole: { name: "staff" } }, /still used by the rules labs/],
    ["a role that is held", { deleteRole: { name: "nurse" } }, /role assignments/],
    ["a client with grants", { deleteClient: { id: "ehr" } }, /grants of view_labs/],
    ["an active scope", { deleteScope: { name: "view_labs" } }, /is ACTIVE; retire it/],
    ["what is not there", { deleteRule: { id: "no" } }, /there is no rule no/],
    ["a grant that is not there", { revokeScope: { clientId: "ehr", scope: "other" } }, /has no grant of other/],
    [
      "an assignment that is not there",
      { unassignRole: { subjectId: "ann", role: "nurse", organization: "*" } },
      /does not hold nurse in all organizations/,
    ],
    [
      "an assignment to nobody",
      { assignRole: { role: "nurse", organization: "*" } },
      /exactly one of subjectId and clientId/,
    ],
    [
      "an assignment to both",
      { assignRole: { role: "nurse", subjectId: "a", clientId: "ehr", organization: "*" } },
      /exactly one/,
    ],
    [
      "a period that ends before it begins",
      { grantScope: { clientId: "ehr", scope: "view_labs", validFrom: NOW + 2, validUntil: NOW + 1 } },
      /after validFrom/,
    ],
    ["a sunset in the past", { deprecateScope: { name: "view_labs", sunsetAt: NOW } }, /must be in the future/],
    [
      "a successor that is not there",
      { deprecateScope: { name: "view_labs", sunsetAt: NOW + 1, replacedBy: "no" } },
      /there is no scope no/,
    ],
    ["an id with a control character", { putClient: { id: "a\u0000b", name: "x" } }, /control/],
    ["the id *", { putClient: { id: "*", name: "x" } }, /stands for any/],
    ["a role of its own heir", { putRole: { name: "r", inherits: ["r"] } }, /circle: r -> r/],
    [
      "a mistyped FHIR type",
      { putScope: { name: "v", atoms: [{ resourceType: "Observaton", actions: ["read"] }] } },
      /Observation/,
    ],
    [
      "a broad scope without a justification",
      { putScope: { name: "read_all_data", atoms: [{ resourceType: "*", actions: ["read"] }] } },
      /justification/,
    ],
    [
      "a SMART scope with atoms of its own",
      { putScope: { name: "patient/Observation.rs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      /by its own syntax/,
    ],
    ["a SMART scope with letters out of order", { putScope: { name: "patient/Observation.sr" } }, /order/],
    [
      "an effect in another case",
      { putRule: { effect: "Deny" as never, role: "*", scope: "*", action: "*", resourceType: "*" } },
      /ALLOW or DENY/,
    ],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.match(problems(apply(base(), [operation])).join("\n"), message);
    });
  }

  test("create wants something new, update something that is there", () => {
    assert.match(problems(apply(base(), [view], "create")).join(), /exists already/);
    assert.match(problems(apply(base(), [{ updateRole: { name: "new" } }])).join(), /there is no role new/);
    ok(apply(base(), [{ putRole: { name: "new" } }], "create"));
  });
});

describe("a scope's life", () => {
  const change = (s: Snapshot, title: string): Snapshot =>
    ok(
      apply(s, [
        {
          putScope: {
            ...view.putScope,
            name: "view_labs",
            title,
            atoms: [{ resourceType: "Observation", actions: ["read"] }],
          },
        },
      ]),
    );
  const states = (s: Snapshot): string[] => (s.scopes.get("view_labs") ?? []).map((v) => `v${v.version} ${v.state}`);

  test("a change of an active version makes the next, as a draft; a draft is replaced", () => {
    const s = change(change(base(), "one"), "two");
    assert.deepEqual(states(s), ["v1 ACTIVE", "v2 DRAFT"]);
    assert.equal(s.scopes.get("view_labs")?.[1]?.title, "two");
  });

  test("activating a version retires the one that was active", () => {
    const s = ok(apply(change(base(), "two"), [{ activateScope: { name: "view_labs" } }]));
    assert.deepEqual(states(s), ["v1 RETIRED", "v2 ACTIVE"]);
    assert.equal(s.scopes.get("view_labs")?.[0]?.retiredAt, NOW);
  });

  test("one deprecated before keeps its sunset beside the new version", () => {
    const s = ok(
      apply(change(base(), "two"), [
        { deprecateScope: { name: "view_labs", version: 1, sunsetAt: NOW + 1000 } },
        { activateScope: { name: "view_labs" } },
      ]),
    );
    assert.deepEqual(states(s), ["v1 DEPRECATED", "v2 ACTIVE"]);
  });

  test("what is retired stays so; a version that is not there is named", () => {
    const s = ok(apply(base(), [{ retireScope: { name: "view_labs" } }]));
    assert.match(problems(apply(s, [{ activateScope: { name: "view_labs" } }])).join(), /RETIRED/);
    assert.match(
      problems(apply(s, [{ retireScope: { name: "view_labs", version: 7 } }])).join(),
      /no version 7; it has 1/,
    );
    assert.match(problems(apply(s, [{ deleteScope: { name: "view_labs" } }])).join(), /still used by grants to ehr/);
    const gone = ok(
      apply(s, [
        { deleteScope: { name: "view_labs" } },
        { revokeScope: { clientId: "ehr", scope: "view_labs" } },
        { deleteRule: { id: "labs" } },
      ]),
    );
    assert.equal(gone.scopes.has("view_labs"), false);
  });
});

describe("a rollback", () => {
  test("is a new revision that says what the old one said, made in parts", async () => {
    const first = base();
    let breaths = 0;
    const breathe = async () => void breaths++;
    const second = ok(
      apply(first, [
        { deleteRule: { id: "labs" } },
        { putClient: { id: "ehr", name: "other", status: "SUSPENDED" } },
        { putRole: { name: "new" } },
      ]),
    );
    const back = await applyRollback(second, changesBetween(second, first), { toRevision: 1, facts, breathe });
    assert.ok(back.ok);
    assert.equal(back.snapshot.revision, 3);
    assert.deepEqual([...back.snapshot.rules.values()], [...first.rules.values()]);
    assert.deepEqual([...back.snapshot.clients.values()], [...first.clients.values()]);
    assert.equal(back.snapshot.roles.has("new"), false);
    assert.equal([...rulesOfScope(back.snapshot, "view_labs")].length, 1);
    const nothing = await applyRollback(first, [], { toRevision: 1, facts, breathe });
    assert.ok(nothing.ok && nothing.changes.length === 0);
    assert.equal(breaths, 0);
    const many = Array.from({ length: 2_000 }, (_, i) => ({ putClient: { id: `c${i}`, name: "one of many" } }));
    const grown = ok(apply(first, many));
    assert.ok((await applyRollback(grown, changesBetween(grown, first), { toRevision: 1, facts, breathe })).ok);
    assert.ok(breaths >= 9, `${breaths} breaths`);
  });
});
