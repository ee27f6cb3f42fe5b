import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Applied, applyOperations, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";

/* DESIGN, "Nothing opens by omission": what an author forgets to say opens nothing, and what is emptied is emptied on purpose. */

const NOW = Date.parse("2026-11-24T12:00:00Z");
const LATER = NOW + 1000;
const facts: ChangeFacts = {
  now: NOW,
  newId: () => "new",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
};
const apply = (s: Snapshot, ...operations: readonly unknown[]): Applied =>
  applyOperations(s, operations as PolicyOperation[], facts);

function ok(applied: Applied): Snapshot {
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  return applied.snapshot;
}
/** The problems of one operation, by the member; the operation's name left out. */
function problems(applied: Applied): Record<string, string> {
  assert.ok(!applied.ok, "the change was accepted");
  return Object.fromEntries(
    applied.problems.map(({ path, message }) => [path.replace(/^operations\[0\]\.\w+\.?/, ""), message]),
  );
}

const RULE = {
  id: "break-glass-read",
  role: "responder",
  scope: "view_labs",
  action: "read",
  resourceType: "Observation",
  effect: "ALLOW",
  when: 'purposeOfUse == "BTG"',
  obligations: [{ type: "notify", parameters: null }],
  description: "In emergencies.",
  justification: "No scope is known beforehand.",
};
const SCOPE = {
  name: "view_labs",
  title: "Results",
  description: "Reads results.",
  translations: [{ language: "de", title: "Laborbefunde", description: null }],
  atoms: [{ resourceType: "Observation", actions: ["read"] }],
  requiresConsent: true,
  justification: "Asked for.",
};
const CLIENT = {
  id: "ehr",
  name: "EHR",
  status: "SUSPENDED",
  description: "The main system.",
  protocolScopes: ["openid"],
  careCritical: true,
};
const ROLE = { name: "responder", inherits: ["staff"], description: "Answers calls." };
const GRANT = { clientId: "ehr", scope: "view_labs", validFrom: NOW, validUntil: LATER };
const ASSIGNMENT = { subjectId: "ann", role: "responder", organization: "o1", validFrom: NOW, validUntil: LATER };

const hospital = (): Snapshot =>
  ok(
    apply(
      emptySnapshot(),
      { putRole: { name: "staff" } },
      { putRole: ROLE },
      { putScope: SCOPE },
      { activateScope: { name: "view_labs" } },
      { putClient: CLIENT },
      { grantScope: GRANT },
      { assignRole: ASSIGNMENT },
      { putRule: RULE },
    ),
  );
const ruleOf = (s: Snapshot) => s.rules.get(RULE.id);
const scopeOf = (s: Snapshot) => s.scopes.get("view_labs")?.at(-1);

describe("what must be said", () => {
  for (const member of ["role", "scope", "action", "resourceType"]) {
    for (const [what, value] of [
      ["left out", undefined],
      ["null", null],
    ] as const) {
      test(`of a rule: ${member}, ${what}`, () => {
        const { when: _, ...whole } = { ...RULE, id: "other", [member]: value };
        assert.deepEqual(Object.keys(problems(apply(hospital(), { putRule: whole }))), [member]);
      });
    }
  }

  test("of a rule: the problem says that * stands for any, and * is taken", () => {
    assert.match(problems(apply(hospital(), { putRule: { effect: "ALLOW" } })).role ?? "", /"\*" stands for any/);
    const open = { role: "*", scope: "*", action: "*", resourceType: "*" };
    ok(apply(hospital(), { putRule: { effect: "DENY", ...open } }));
  });

  for (const operation of ["assignRole", "unassignRole"])
    for (const organization of [undefined, null])
      test(`${operation} with the organization ${organization}`, () => {
        const found = problems(apply(hospital(), { [operation]: { subjectId: "bob", role: "staff", organization } }));
        assert.match(found.organization ?? "", /"\*" stands for all organizations/);
      });

  test("null stands for no default", () => {
    const s = hospital();
    const refused: readonly (readonly [PolicyOperation | object, string])[] = [
      [{ putClient: { id: "new", name: "New", status: null } }, "status"],
      [{ putScope: { ...SCOPE, requiresConsent: null } }, "requiresConsent"],
      [
        { putScope: { ...SCOPE, atoms: [{ resourceType: "Observation", actions: ["read"], context: null }] } },
        "atoms[0].context",
      ],
      [{ retireScope: { name: "view_labs", force: null } }, "force"],
    ];
    for (const [operation, member] of refused)
      assert.match(problems(apply(s, operation))[member] ?? "", /must not be null; leave it out for /);
  });
});

/** For each noun: an operation that puts its row whole, the members that are set in it, and which of them `clear` empties. */
const PUTS: readonly {
  readonly put: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly set: readonly string[];
  readonly cleared: Readonly<Record<string, string>>;
}[] = [
  {
    put: "putRule",
    row: RULE,
    set: ["when", "obligations", "description", "justification"],
    cleared: {
      when: "WHEN",
      obligations: "OBLIGATIONS",
      description: "DESCRIPTION",
      justification: "JUSTIFICATION",
    },
  },
  {
    put: "putScope",
    row: SCOPE,
    set: ["title", "description", "translations", "atoms", "requiresConsent", "justification"],
    cleared: {
      title: "TITLE",
      description: "DESCRIPTION",
      translations: "TRANSLATIONS",
      justification: "JUSTIFICATION",
    },
  },
  {
    put: "putClient",
    row: CLIENT,
    set: ["status", "description", "protocolScopes", "careCritical"],
    cleared: { description: "DESCRIPTION", protocolScopes: "PROTOCOL_SCOPES" },
  },
  {
    put: "putRole",
    row: ROLE,
    set: ["inherits", "description"],
    cleared: { inherits: "INHERITS", description: "DESCRIPTION" },
  },
  {
    put: "grantScope",
    row: GRANT,
    set: ["validFrom", "validUntil"],
    cleared: { validFrom: "VALID_FROM", validUntil: "VALID_UNTIL" },
  },
  {
    put: "assignRole",
    row: ASSIGNMENT,
    set: ["validFrom", "validUntil"],
    cleared: { validFrom: "VALID_FROM", validUntil: "VALID_UNTIL" },
  },
];

for (const { put, row, set, cleared } of PUTS) {
  describe(`a ${put} over a row`, () => {
    const without = (...members: readonly string[]) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !members.includes(name)));

    for (const member of set)
      test(`that leaves out ${member} is refused, and says what to do`, () => {
        const found = problems(apply(hospital(), { [put]: without(member) }));
        assert.deepEqual(Object.keys(found), [member]);
        const how = cleared[member];
        const instead = how === undefined ? "another value" : `clear: \\[${how}\\]`;
        const wanted = member === "atoms" ? "must have at least one" : `is left out, but .*, or ${instead}`;
        assert.match(found[member] ?? "", new RegExp(wanted));
      });

    test("that leaves out several names each", () => {
      assert.deepEqual(Object.keys(problems(apply(hospital(), { [put]: without(...set) }))).sort(), [...set].sort());
    });

    test("of the same changes nothing, and one with null in its place is refused", () => {
      const s = hospital();
      assert.equal(ok(apply(s, { [put]: row })), s);
      for (const member of set)
        assert.ok(Object.hasOwn(problems(apply(s, { [put]: { ...row, [member]: null } })), member));
    });

    for (const [member, how] of Object.entries(cleared))
      test(`that clears ${member} empties it, and again empties nothing more; one that says both is refused`, () => {
        const applied = apply(hospital(), { [put]: { ...without(member), clear: [member] } });
        assert.ok(applied.ok && applied.changes.length === 1, JSON.stringify(applied));
        const after = applied.changes[0]?.after as unknown as Readonly<Record<string, unknown>>;
        assert.ok(after[member] === null || (Array.isArray(after[member]) && after[member].length === 0));
        assert.equal(ok(apply(applied.snapshot, { [put]: { ...without(member), clear: [member] } })), applied.snapshot);
        const both = problems(apply(hospital(), { [put]: { ...row, clear: [member] } }));
        assert.match(both[member] ?? "", new RegExp(`cleared by ${how}`));
      });

    test("clears only what may be empty", () => {
      const found = problems(apply(hospital(), { [put]: { ...row, clear: ["effect", "status"] } }));
      const known = Object.values(cleared).join(" or ");
      assert.deepEqual(found, { "clear[0]": `must be ${known}`, "clear[1]": `must be ${known}` });
    });
  });
}

describe("an update", () => {
  test("changes what is given and nothing else", () => {
    const s = hospital();
    const rule = ok(apply(s, { updateRule: { id: RULE.id, effect: "ALLOW", description: "Nicer wording." } }));
    assert.deepEqual(ruleOf(rule), { ...RULE, description: "Nicer wording." });
    const client = ok(apply(s, { updateClient: { id: "ehr", name: "EHR 2" } }));
    assert.deepEqual(client.clients.get("ehr"), { ...CLIENT, name: "EHR 2" });
    const role = ok(apply(s, { updateRole: { name: "responder", description: "Runs." } }));
    assert.deepEqual(role.roles.get("responder"), { ...ROLE, description: "Runs." });
    const scope = scopeOf(ok(apply(s, { updateScope: { name: "view_labs", title: "Labs" } })));
    const { title, version, state, requiresConsent, justification, declarations } = scope ?? {};
    assert.deepEqual([title, version, state, requiresConsent, justification], ["Labs", 2, "DRAFT", true, "Asked for."]);
    assert.deepEqual(declarations, [
      { context: "ANY", resourceType: "Observation", actions: ["read"], constraint: null },
    ]);
  });

  test("of nothing changes nothing", () => {
    const s = hospital();
    for (const [update, key] of [
      ["updateRule", { id: RULE.id }],
      ["updateClient", { id: "ehr" }],
      ["updateRole", { name: "responder" }],
      ["updateScope", { name: "view_labs" }],
    ] as const)
      assert.equal(ok(apply(s, { [update]: key })), s);
  });

  test("clears what is named", () => {
    const after = ruleOf(ok(apply(hospital(), { updateRule: { id: RULE.id, clear: ["when", "obligations"] } })));
    assert.deepEqual(after, { ...RULE, when: null, obligations: [] });
  });

  test("never takes null for a value, and says how to empty", () => {
    const s = hospital();
    const members = { ...RULE, id: RULE.id };
    for (const member of Object.keys(members).filter((name) => name !== "id")) {
      const found = problems(apply(s, { updateRule: { id: RULE.id, [member]: null } }));
      assert.match(found[member] ?? "", /must not be null; leave it out to keep it as it is/);
    }
    const found = problems(apply(s, { updateRule: { id: RULE.id, when: null } }));
    assert.match(found.when ?? "", /clear: \[WHEN\]/);
    for (const [update, value, member] of [
      ["updateClient", { id: "ehr", status: null }, "status"],
      ["updateRole", { name: "responder", inherits: null }, "inherits"],
      ["updateScope", { name: "view_labs", requiresConsent: null }, "requiresConsent"],
    ] as const)
      assert.match(problems(apply(s, { [update]: value }))[member] ?? "", /leave it out to keep it as it is/);
  });

  test("is of what is there", () => {
    for (const [update, key] of [
      ["updateRule", { id: "ghost" }],
      ["updateClient", { id: "ghost" }],
      ["updateRole", { name: "ghost" }],
      ["updateScope", { name: "ghost" }],
    ] as const)
      assert.match(Object.values(problems(apply(hospital(), { [update]: key }))).join(), /ghost; use create/);
  });
});

describe("an end", () => {
  for (const [put, row, instead] of [
    ["grantScope", { clientId: "ehr", scope: "patient/Patient.rs" }, "revokeScope"],
    ["assignRole", { subjectId: "bob", role: "staff", organization: "*" }, "unassignRole"],
  ] as const) {
    test(`in the past is refused: ${put}`, () => {
      const found = problems(apply(hospital(), { [put]: { ...row, validUntil: NOW } }));
      assert.match(found.validUntil ?? "", new RegExp(`must be in the future.*${instead}`));
    });
    test(`before the beginning is refused: ${put}`, () => {
      const found = problems(apply(hospital(), { [put]: { ...row, validFrom: NOW + 9, validUntil: NOW + 9 } }));
      assert.match(found.validUntil ?? "", /must be after validFrom/);
    });
    test(`that has come since may be said again, and changes nothing: ${put}`, () => {
      const s = ok(apply(hospital(), { [put]: { ...row, validUntil: LATER } }));
      const after = { ...facts, now: LATER + 1 };
      const again = applyOperations(s, [{ [put]: { ...row, validUntil: LATER } } as PolicyOperation], after);
      assert.equal(ok(again), s);
      const moved = applyOperations(s, [{ [put]: { ...row, validUntil: LATER + 1 } } as PolicyOperation], after);
      assert.match(problems(moved).validUntil ?? "", /must be in the future/);
    });
  }
});

test("consent that a scope asks for does not fall with its next version", () => {
  const { requiresConsent: _, ...forgetful } = SCOPE;
  const found = problems(apply(hospital(), { putScope: { ...forgetful, title: "Labs" } }));
  assert.match(found.requiresConsent ?? "", /of scope view_labs is true; say it again/);
  assert.equal(
    scopeOf(ok(apply(hospital(), { putScope: { ...SCOPE, requiresConsent: false } })))?.requiresConsent,
    false,
  );
});

test("a justification that says nothing is none", () => {
  const found = problems(apply(hospital(), { putScope: { ...SCOPE, justification: "  " } }));
  assert.match(found.justification ?? "", /must not be empty/);
});
