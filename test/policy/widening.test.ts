import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyOperations, applyRollback, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { changesBetween } from "../support/policies.ts";

/* That it is sound is a law: test/laws/widening.test.ts. Here: what is told of each kind of change, and of what nothing is. */

const NOW = Date.parse("2026-11-24T12:00:00Z");
const DAY = 86_400_000;
const facts: ChangeFacts = {
  now: NOW,
  newId: () => "id",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
};
const apply = (s: Snapshot, ...operations: PolicyOperation[]) => {
  const applied = applyOperations(s, operations, facts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied;
};
const labs = (...actions: string[]): PolicyOperation => ({
  putScope: {
    name: "labs",
    requiresConsent: true,
    justification: "Needed.",
    atoms: [{ resourceType: "Observation", actions }],
  },
});
const REACH = { role: "nurse", scope: "labs", action: "read", resourceType: "Observation" };

const SUSPENSION = {
  response: "SUSPENSION",
  maxMinutes: 20,
  automatic: { from: "HIGH", minutes: 10, mostPerHour: null },
} as const;
const STEP_UP = {
  response: "STEP_UP",
  maxMinutes: 60,
  automatic: { from: "MEDIUM", minutes: 20, mostPerHour: 8 },
} as const;
const SET = {
  consentOnSilence: [
    { purpose: "HRESCH", silence: "DENY" },
    { purpose: null, silence: "PERMIT_TPO" },
  ],
  specialProtection: null,
  purposeRequired: null,
  patientScopesReachShared: false,
  part2Program: false,
  accessRequestMaxMinutes: 30,
  breakGlass: { roles: ["nurse"], maxMinutes: 10, reviewWithinHours: 10 },
  retentionYears: 7,
  alertResponses: [SUSPENSION, STEP_UP],
} as const;
const set = (settings: object): PolicyOperation => ({ updateOrganization: { id: "lab", settings } });
const unset = (member: "consentOnSilence" | "patientScopesReachShared" | "accessRequestMaxMinutes" | "breakGlass") => ({
  updateOrganization: { id: "lab", clear: [member] },
});

const { snapshot } = apply(
  emptySnapshot(),
  { putRole: { name: "barred" } },
  { putRole: { name: "nurse" } },
  { putRole: { name: "doubly", inherits: ["barred", "nurse"] } },
  labs("read", "search"),
  { activateScope: { name: "labs" } },
  { putScope: { name: "ending", atoms: [{ resourceType: "Patient", actions: ["read"] }] } },
  { activateScope: { name: "ending" } },
  { deprecateScope: { name: "ending", sunsetAt: NOW + DAY } },
  { putScope: { name: "patient/Patient.rs" } },
  { putClient: { id: "ehr", name: "EHR" } },
  { putClient: { id: "kiosk", name: "Kiosk", status: "SUSPENDED" } },
  { grantScope: { clientId: "ehr", scope: "labs", validFrom: NOW, validUntil: NOW + DAY } },
  { assignRole: { subjectId: "ann", role: "doubly", organization: "*" } },
  { assignRole: { subjectId: "ann", role: "nurse", organization: "*", validUntil: NOW + DAY } },
  { putRule: { id: "allow", effect: "ALLOW", ...REACH, when: "true", obligations: [{ type: "log" }] } },
  { putRule: { id: "open", effect: "ALLOW", ...REACH, resourceType: "*" } },
  { putRule: { id: "named", effect: "DENY", ...REACH, role: "*", when: 'client.name == "EHR"' } },
  { putOrganization: { id: "*", settings: { patientScopesReachShared: true, accessRequestMaxMinutes: 60 } } },
  { putOrganization: { id: "lab", settings: SET } },
  { putOrganization: { id: "held", settings: { legalHold: true } } },
  { putRule: { id: "deny", effect: "DENY", ...REACH, role: "barred", action: "*", when: "true" } },
);
const grant = { clientId: "ehr", scope: "labs" };
const nurse = { subjectId: "ann", role: "nurse", organization: "*" };

for (const [what, operations, told] of [
  ["a new allow rule", [{ putRule: { id: "new", effect: "ALLOW", ...REACH } }], "rule new allows"],
  [
    "a condition that goes",
    [{ updateRule: { id: "allow", clear: ["when"] } }],
    "rule allow has another condition, or none",
  ],
  [
    "another condition, where a rule without obligations allows the same",
    [{ updateRule: { id: "allow", when: "false" } }],
    "rule allow has another condition, or none; ends what rule allow asks for, and rule open still allows",
  ],
  [
    "obligations that go",
    [{ updateRule: { id: "allow", clear: ["obligations"] } }],
    "rule allow asks for fewer obligations",
  ],
  [
    "another role",
    [{ updateRule: { id: "allow", role: "*", justification: "For all." } }],
    "rule allow reaches something else",
  ],
  ["a deny rule that goes", [{ deleteRule: { id: "deny" } }], "rule deny no longer denies"],
  ["a deny rule that allows", [{ updateRule: { id: "deny", effect: "ALLOW" } }], "rule deny allows; no longer denies"],
  ["a deny rule that is narrowed", [{ updateRule: { id: "deny", action: "read" } }], "rule deny denies something else"],
  [
    "a deny rule under another condition",
    [{ updateRule: { id: "deny", when: "false" } }],
    "rule deny denies under another condition",
  ],
  [
    "a client that is served again",
    [{ updateClient: { id: "kiosk", status: "ACTIVE" } }],
    "client kiosk is served again",
  ],
  [
    "a client's name",
    [{ updateClient: { id: "ehr", name: "Other" } }],
    "client ehr has another name, which a condition reads",
  ],
  ["a new grant", [{ grantScope: { clientId: "kiosk", scope: "labs" } }], "the grant of labs to kiosk is new"],
  [
    "a grant without its end",
    [{ grantScope: { ...grant, validFrom: NOW, clear: ["validUntil"] } }],
    "the grant of labs to ehr ends later, or never",
  ],
  [
    "a grant from ever",
    [{ grantScope: { ...grant, validUntil: NOW + DAY, clear: ["validFrom"] } }],
    "the grant of labs to ehr begins earlier",
  ],
  ["a new assignment", [{ assignRole: { ...nurse, subjectId: "bob" } }], "role nurse of subject bob is new"],
  [
    "a longer assignment",
    [{ assignRole: { ...nurse, validUntil: NOW + 2 * DAY } }],
    "role nurse of subject ann ends later, or never",
  ],
  [
    "a role that is taken back, and was denied something",
    [{ unassignRole: { subjectId: "ann", role: "doubly", organization: "*" } }],
    "role doubly of subject ann holds no longer, or for less time, and a deny rule names the role",
  ],
  ["what a role inherits", [{ updateRole: { name: "nurse", inherits: ["barred"] } }], "role nurse inherits more"],
  [
    "what a role inherits no more, and was denied something",
    [{ updateRole: { name: "doubly", inherits: ["nurse"] } }],
    "role doubly inherits no more what a deny rule names",
  ],
  [
    "a wider version of a scope",
    [labs("read", "search", "update"), { activateScope: { name: "labs" } }],
    "scope labs v2 comes into force",
  ],
  [
    "a version that asks for no consent",
    [{ updateScope: { name: "labs", requiresConsent: false } }, { activateScope: { name: "labs" } }],
    "scope labs v2 comes into force",
  ],
  [
    "a later sunset",
    [{ deprecateScope: { name: "ending", sunsetAt: NOW + 2 * DAY } }],
    "scope ending v1 ends later, or never",
  ],
  [
    "a SMART scope in force",
    [{ activateScope: { name: "patient/Patient.rs" } }],
    "scope patient/Patient.rs v1 comes into force",
  ],
  [
    "a SMART scope that is registered no more",
    [{ deleteScope: { name: "patient/Patient.rs" } }],
    "scope patient/Patient.rs v1 limits no more what it covers",
  ],
  [
    "settings that are new, and reach more than all have",
    [{ putOrganization: { id: "ward", settings: { accessRequestMaxMinutes: 61 } } }],
    "organization ward lets access be requested for longer",
  ],
  [
    "a setting that goes, where all have more",
    [unset("patientScopesReachShared")],
    "organization lab lets patient scopes read what belongs to no patient",
  ],
  [
    "settings that go, where silence permits by default",
    [{ deleteOrganization: { id: "lab" } }],
    "organization lab takes silence for more consent; lets patient scopes read what belongs to no patient; lets access be requested for longer; lets alerts restrict access for less time, in fewer cases, or not at all; lets what identifies people be erased from the record sooner",
  ],
  [
    "silence that permits more for one purpose",
    [set({ consentOnSilence: [{ purpose: "HRESCH", silence: "BREAK_GLASS_ONLY" }, SET.consentOnSilence[1]] })],
    "organization lab takes silence for more consent",
  ],
  [
    "a purpose that is named no more",
    [set({ consentOnSilence: [SET.consentOnSilence[1]] })],
    "organization lab takes silence for more consent",
  ],
  [
    "another role that may break glass",
    [set({ breakGlass: { ...SET.breakGlass, roles: ["doubly", "nurse"] } })],
    "organization lab lets glass be broken by more roles, for longer or with a later review",
  ],
  [
    "glass that is broken for longer",
    [set({ breakGlass: { ...SET.breakGlass, maxMinutes: 11 } })],
    "organization lab lets glass be broken by more roles, for longer or with a later review",
  ],
  [
    "a later review",
    [set({ breakGlass: { ...SET.breakGlass, reviewWithinHours: 11 } })],
    "organization lab lets glass be broken by more roles, for longer or with a later review",
  ],
  [
    "an emergency that overrides a refusal",
    [set({ emergencyOverridesRefusal: true })],
    "organization lab lets an emergency override a refusal",
  ],
  [
    "records that are kept for less time",
    [{ updateOrganization: { id: "lab", settings: { retentionYears: 5 }, justification: "a test" } }],
    "organization lab lets what identifies people be erased from the record sooner",
  ],
  [
    "a hold that ends",
    [{ updateOrganization: { id: "held", settings: { legalHold: false } } }],
    "organization held lets what identifies people be erased from the record again",
  ],
  [
    "alerts that suspend nobody any more",
    [set({ alertResponses: [{ response: "STEP_UP", maxMinutes: 90 }] })],
    "organization lab lets alerts restrict access for less time, in fewer cases, or not at all",
  ],
  [
    "alerts that suspend for less time",
    [set({ alertResponses: [SUSPENSION, { ...STEP_UP, maxMinutes: 59 }] })],
    "organization lab lets alerts restrict access for less time, in fewer cases, or not at all",
  ],
  [
    "alerts that suspend nobody by themselves any more",
    [set({ alertResponses: [{ response: "SUSPENSION", maxMinutes: 30 }, STEP_UP] })],
    "organization lab lets alerts restrict access for less time, in fewer cases, or not at all",
  ],
  ...(
    [
      ["for less time", { minutes: 19 }],
      ["from a higher severity", { from: "HIGH" }],
      ["less often", { mostPerHour: 7 }],
      ["as often as where nothing is said", { mostPerHour: null }],
    ] as const
  ).map(
    ([what, less]) =>
      [
        `alerts that ask for a step-up by themselves ${what}`,
        [
          set({
            alertResponses: [SUSPENSION, { ...STEP_UP, automatic: { ...STEP_UP.automatic, ...less } }],
          }),
        ],
        "organization lab lets alerts restrict access for less time, in fewer cases, or not at all",
      ] as const,
  ),
  [
    "a client that becomes care-critical",
    [{ updateClient: { id: "ehr", careCritical: true } }],
    "client ehr becomes care-critical, so that no alert suspends it",
  ],
] as readonly (readonly [string, readonly PolicyOperation[], string])[])
  test(`is told to widen: ${what}`, () => {
    const { findings } = apply(snapshot, ...operations);
    assert.deepEqual(
      findings.map(({ code, message }) => [code, message]),
      [["WIDENS_ALLOW", told]],
    );
  });

for (const [what, ...operations] of [
  ["a client's description", { updateClient: { id: "ehr", description: "The main system." } }],
  ["texts for people", { updateRule: { id: "allow", description: "Nicer." } }],
  ["a condition where there was none", { updateRule: { id: "open", when: "false" } }],
  ["a type where there was any", { updateRule: { id: "open", resourceType: "Observation" } }],
  ["more obligations", { updateRule: { id: "open", obligations: [{ type: "log" }] } }],
  ["an allow rule that goes", { deleteRule: { id: "open" } }],
  ["a new deny rule", { putRule: { id: "new", effect: "DENY", ...REACH } }],
  ["a deny rule without its condition", { updateRule: { id: "deny", clear: ["when"] } }],
  ["a suspension", { updateClient: { id: "ehr", status: "SUSPENDED" } }],
  ["a shorter grant", { grantScope: { ...grant, validFrom: NOW, validUntil: NOW + 1 } }],
  ["a grant that goes", { revokeScope: grant }],
  ["a role that is taken back, and was denied nothing", { unassignRole: nurse }],
  ["what a role inherits no more, and was denied nothing", { updateRole: { name: "doubly", inherits: ["barred"] } }],
  ["a narrower version of a scope", labs("read"), { activateScope: { name: "labs" } }],
  ["a draft", labs("read", "search", "delete")],
  [
    "settings for all that are stricter",
    { updateOrganization: { id: "*", settings: { accessRequestMaxMinutes: 59 } } },
  ],
  ["settings for all that go", { deleteOrganization: { id: "*" } }],
  [
    "settings of its own that say what all have",
    { putOrganization: { id: "new", settings: { accessRequestMaxMinutes: 60 } } },
  ],
  ["silence that permits less", set({ consentOnSilence: [{ purpose: null, silence: "DENY" }] })],
  ["nobody to break glass", unset("breakGlass")],
  ["records that are kept for longer", set({ retentionYears: 8, legalHold: true })],
  [
    "a setting that goes as that of all goes too",
    { updateOrganization: { id: "*", clear: ["patientScopesReachShared", "accessRequestMaxMinutes"] } },
    unset("patientScopesReachShared"),
    unset("accessRequestMaxMinutes"),
  ],
  [
    "alerts that restrict access for longer",
    set({
      alertResponses: [
        { ...SUSPENSION, automatic: { from: "HIGH", minutes: 11, mostPerHour: 5 } },
        { ...STEP_UP, maxMinutes: 61, automatic: { from: "LOW", minutes: 21, mostPerHour: 9 } },
      ],
    }),
  ],
  ["a new client that is care-critical", { putClient: { id: "new", name: "New", careCritical: true } }],
  ["a retirement", { retireScope: { name: "labs" } }],
] as readonly (readonly [string, ...PolicyOperation[]])[])
  test(`is not told to widen: ${what}`, () => {
    const { findings, changes } = apply(snapshot, ...operations);
    assert.ok(changes.length > 0);
    assert.deepEqual(findings, []);
  });

describe("a version that asks for consent, beside an older one that does not and ends in ten days", () => {
  const name = "patient/Condition.rs";
  const both = apply(
    snapshot,
    { putScope: { name } },
    { activateScope: { name } },
    { deprecateScope: { name, sunsetAt: NOW + 10 * DAY } },
    { putScope: { name, requiresConsent: true } },
    { activateScope: { name } },
  ).snapshot;
  const WIDER = [`scope ${name} v2 ends before another version that asks for no consent`];
  for (const [what, operation, told] of [
    ["retires", { retireScope: { name, version: 2, force: true } }, WIDER],
    ["ends before it", { deprecateScope: { name, version: 2, sunsetAt: NOW + 9 * DAY } }, WIDER],
    ["ends with it", { deprecateScope: { name, version: 2, sunsetAt: NOW + 10 * DAY } }, []],
    ["goes on, and the older one retires", { retireScope: { name, version: 1, force: true } }, []],
  ] as readonly (readonly [string, PolicyOperation, readonly string[]])[])
    test(what, () => {
      assert.deepEqual(
        apply(both, operation).findings.map(({ message }) => message),
        told,
      );
    });
});

describe("a rollback", () => {
  test("tells what it widens", async () => {
    const { snapshot: later } = apply(snapshot, { updateRule: { id: "open", when: "false" } });
    const back = await applyRollback(later, changesBetween(later, snapshot), {
      toRevision: snapshot.revision,
      facts,
      breathe: () => Promise.resolve(),
    });
    assert.deepEqual(back.ok && back.findings.map(({ message }) => message), [
      "rule open has another condition, or none",
    ]);
  });
});

describe("of another condition nothing is told only where it is proved to allow no more", () => {
  const TIGHTER = 'purposeOfUse == "TREAT"';
  /** A rule of the condition "a", and what is told of it once it is changed. */
  const toldOf = (was: object, is: object): readonly string[] => {
    const rule = { id: "r", ...REACH, effect: "ALLOW" as const, when: "a", ...was };
    const from = apply(snapshot, { putRule: rule } as PolicyOperation).snapshot;
    const proving = {
      ...facts,
      isNarrower: (before: string, after: string | null) => before === "a" && after === TIGHTER,
    };
    const applied = applyOperations(from, [{ updateRule: { id: "r", ...is } }], proving);
    assert.ok(applied.ok, JSON.stringify(applied));
    return applied.findings.map(({ message }) => message);
  };
  const OTHER = "rule r has another condition, or none";

  test("and the rule is otherwise the same, as to whom, what and how", () => {
    assert.deepEqual(toldOf({}, { when: TIGHTER }), []);
    assert.deepEqual(toldOf({}, { when: TIGHTER, description: "Tighter." }), []);
    assert.deepEqual(toldOf({}, { when: "b" }), [OTHER]);
    assert.deepEqual(toldOf({}, { clear: ["when"] }), [OTHER]);
    for (const [member, wide, narrow] of [
      ["action", "*", "read"],
      ["resourceType", "*", "Observation"],
      ["role", "nurse", "doubly"],
    ] as const)
      assert.match(
        toldOf({ [member]: wide }, { when: TIGHTER, [member]: narrow }).join(),
        /has another condition/,
        member,
      );
  });

  test("not of one that asks for something else then, nor of one that denies; what it asked for may end with it", () => {
    const obligations = [{ type: "mask" }];
    assert.deepEqual(toldOf({ obligations }, { when: TIGHTER }), [
      "rule r ends what rule r asks for, and rule allow still allows",
    ]);
    assert.deepEqual(toldOf({}, { when: TIGHTER, obligations }), [OTHER]);
    assert.deepEqual(toldOf({ effect: "DENY" }, { when: TIGHTER }), ["rule r denies under another condition"]);
  });
});
