import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyOperations, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import {
  type OrganizationSettings,
  respondingEntry,
  settingsOf,
  silenceFor,
} from "../../src/domain/policy/organizations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { SilenceRule } from "../../src/domain/policy/types.ts";

/* DESIGN section 4, "Settings are policy": an organization's own, else those of "*", else the strictest. */

const facts: ChangeFacts = {
  now: 0,
  newId: () => "id",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
};
const ROLES: readonly PolicyOperation[] = [{ putRole: { name: "nurse" } }, { putRole: { name: "responder" } }];
const apply = (s: Snapshot, operations: readonly unknown[], more: Partial<ChangeFacts> = {}) =>
  applyOperations(s, operations as PolicyOperation[], { ...facts, ...more });
function applied(s: Snapshot, ...operations: readonly unknown[]): Snapshot {
  const result = apply(s, operations);
  assert.ok(result.ok, JSON.stringify(result));
  return result.snapshot;
}
const hospital = applied(emptySnapshot(), ...ROLES);
const set = (id: string, settings: object): object => ({ putOrganization: { id, settings } });

const DEFAULT: OrganizationSettings = {
  consentOnSilence: [{ purpose: null, silence: "PERMIT" }],
  specialProtection: "ENFORCED",
  purposeRequired: false,
  patientScopesReachShared: false,
  part2Program: false,
  accessRequestMaxMinutes: 0,
  consentRequests: { expireMinutes: 30, agreedDays: 365, refusedDays: 90 },
  breakGlass: null,
  emergencyOverridesRefusal: false,
  alertResponses: [],
  retentionYears: 6,
  legalHold: false,
};
const RESPONDERS = { roles: ["responder"], maxMinutes: 60, reviewWithinHours: 24 };

describe("what holds in an organization", () => {
  for (const [what, operations, organization, holds] of [
    ["nothing is set: the strictest, but that silence permits", [], "lab", {}],
    ["nothing is set, for what belongs to no organization", [], null, {}],
    ["what all have", [set("*", { patientScopesReachShared: true })], "lab", { patientScopesReachShared: true }],
    [
      "what all have, for what belongs to no organization",
      [set("*", { retentionYears: 10 })],
      null,
      { retentionYears: 10 },
    ],
    [
      "its own before that of all, false before true",
      [set("*", { patientScopesReachShared: true }), set("lab", { patientScopesReachShared: false })],
      "lab",
      { patientScopesReachShared: false },
    ],
    [
      "member by member",
      [set("*", { retentionYears: 10, legalHold: true }), set("lab", { legalHold: false, breakGlass: RESPONDERS })],
      "lab",
      { retentionYears: 10, breakGlass: RESPONDERS },
    ],
    ["not that of another", [set("ward", { legalHold: true })], "lab", {}],
    ["not that of one whose id it begins", [set("lab2", { legalHold: true })], "lab", {}],
    [
      "none of its own once they are deleted",
      [set("lab", { legalHold: true }), { deleteOrganization: { id: "lab" } }],
      "lab",
      {},
    ],
    [
      "those of all again once its own are cleared",
      [
        set("*", { accessRequestMaxMinutes: 30 }),
        set("lab", { accessRequestMaxMinutes: 60 }),
        { updateOrganization: { id: "lab", clear: ["accessRequestMaxMinutes"] } },
      ],
      "lab",
      { accessRequestMaxMinutes: 30 },
    ],
  ] as readonly (readonly [string, readonly object[], string | null, Partial<OrganizationSettings>])[])
    test(what, () => {
      const s = operations.length === 0 ? hospital : applied(hospital, ...operations);
      assert.deepEqual(settingsOf(s, organization), { ...DEFAULT, ...holds });
    });
});

test("silence is that of the purpose, else that of all others", () => {
  const rules: readonly SilenceRule[] = [
    { purpose: "TREAT", silence: "PERMIT" },
    { purpose: null, silence: "DENY" },
  ];
  assert.equal(silenceFor(rules, "TREAT"), "PERMIT");
  assert.equal(silenceFor(rules, "HRESCH"), "DENY");
  assert.equal(silenceFor(rules, null), "DENY");
});

const LETS = { response: "SUSPENSION", maxMinutes: 30 };
/** SUSPENSION, which the service imposes by itself. */
const automatic = (more: object = {}, response: object = LETS) => ({
  alertResponses: [{ ...response, automatic: { from: "HIGH", minutes: 30, ...more } }],
});

describe("what is refused", () => {
  const ELSE = { purpose: null, silence: "DENY" };
  for (const [what, operation, path, message] of [
    ...(
      [
        ["a suspension by itself for less than HIGH", { from: "MEDIUM" }, "from", /must be HIGH for SUSPENSION/],
        ["longer by itself than reviewers may", { minutes: 31 }, "minutes", /from 1 to 30, which is maxMinutes/],
        ["for no time by itself", { minutes: 0 }, "minutes", /from 1 to 30/],
        ["for a part of a minute by itself", { minutes: 1.5 }, "minutes", /whole/],
        ["never in an hour", { mostPerHour: 0 }, "mostPerHour", /from 1 to 100/],
        ["without an end in an hour", { mostPerHour: 101 }, "mostPerHour", /from 1 to 100/],
      ] as const
    ).map(([what, more, member, message]) => [
      what,
      set("o", automatic(more)),
      `putOrganization.settings.alertResponses[0].automatic.${member}`,
      message,
    ]),
    ["no id", set("", {}), "putOrganization.id", /must not be empty/],
    [
      "a role that is none",
      set("o", { breakGlass: { ...RESPONDERS, roles: ["x"] } }),
      "putOrganization.settings.breakGlass.roles",
      /no role x/,
    ],
    [
      "nobody to break glass",
      set("o", { breakGlass: { ...RESPONDERS, roles: [] } }),
      "putOrganization.settings.breakGlass.roles",
      /at least one/,
    ],
    [
      "glass broken for no time",
      set("o", { breakGlass: { ...RESPONDERS, maxMinutes: 0 } }),
      "putOrganization.settings.breakGlass.maxMinutes",
      /from 1 to 10080/,
    ],
    [
      "a review at once",
      set("o", { breakGlass: { ...RESPONDERS, reviewWithinHours: 0 } }),
      "putOrganization.settings.breakGlass.reviewWithinHours",
      /from 1 to 8784/,
    ],
    [
      "access for half a minute",
      set("o", { accessRequestMaxMinutes: 0.5 }),
      "putOrganization.settings.accessRequestMaxMinutes",
      /whole number/,
    ],
    [
      "access for ever",
      set("o", { accessRequestMaxMinutes: 527_041 }),
      "putOrganization.settings.accessRequestMaxMinutes",
      /to 527040/,
    ],
    ["no retention", set("o", { retentionYears: 0 }), "putOrganization.settings.retentionYears", /from 1 to 200/],
    [
      "a shorter retention than the law's, without a word",
      set("o", { retentionYears: 5 }),
      "putOrganization.settings.retentionYears",
      /at least 6, as 45 CFR 164\.316\(b\)\(2\)\(i\) asks; .* `justification`/,
    ],
    [
      "the same, with an empty one",
      { putOrganization: { id: "o", settings: { retentionYears: 5 }, justification: "  " } },
      "putOrganization.settings.retentionYears",
      /at least 6/,
    ],
    [
      "a purpose that is none",
      set("o", { consentOnSilence: [{ purpose: "TRAET", silence: "PERMIT" }, ELSE] }),
      "putOrganization.settings.consentOnSilence[0].purpose",
      /did you mean TREAT/,
    ],
    [
      "a purpose twice",
      set("o", { consentOnSilence: [ELSE, ELSE] }),
      "putOrganization.settings.consentOnSilence[1]",
      /again .* all other/,
    ],
    [
      "no rule for all other purposes",
      set("o", { consentOnSilence: [{ purpose: "TREAT", silence: "DENY" }] }),
      "putOrganization.settings.consentOnSilence",
      /one rule without a purpose/,
    ],
    [
      "null for a setting",
      { updateOrganization: { id: "lab", settings: { legalHold: null } } },
      "updateOrganization.settings.legalHold",
      /must not be null/,
    ],
    [
      "null for settings",
      { updateOrganization: { id: "lab", settings: null } },
      "updateOrganization.settings",
      /must not be null/,
    ],
    [
      "a put that forgets a setting",
      set("lab", {}),
      "putOrganization.settings.retentionYears",
      /is left out, but .*clear: \[RETENTION_YEARS\]/,
    ],
    [
      "a setting both given and cleared",
      { updateOrganization: { id: "lab", settings: { retentionYears: 8 }, clear: ["retentionYears"] } },
      "updateOrganization.settings.retentionYears",
      /do one of both/,
    ],
    [
      "an update of none",
      { updateOrganization: { id: "o", settings: {} } },
      "updateOrganization.id",
      /no organization o/,
    ],
    [
      "a deletion of none",
      { deleteOrganization: { id: "o" } },
      "deleteOrganization.id",
      /no settings of organization o/,
    ],
    [
      "a role that may break glass, deleted",
      { deleteRole: { name: "responder" } },
      "deleteRole",
      /used by the settings of lab/,
    ],
  ] as readonly (readonly [string, object, string, RegExp])[])
    test(what, () => {
      const s = applied(hospital, set("lab", { retentionYears: 7, breakGlass: RESPONDERS }));
      const result = apply(s, [operation]);
      assert.ok(!result.ok, "it was accepted");
      const found = new Map(result.problems.map((problem) => [problem.path, problem.message]));
      const [text = JSON.stringify([...found])] = [...found].flatMap(([at, told]) => (at.endsWith(path) ? [told] : []));
      assert.match(text, message);
    });
});

test("what is imposed by the service itself is kept in one form, however it was written", () => {
  const s = applied(hospital, set("lab", automatic()));
  const kept = { ...LETS, automatic: { from: "HIGH", minutes: 30, mostPerHour: null } };
  assert.deepEqual(settingsOf(s, "lab").alertResponses, [kept]);
  const again = apply(s, [set("lab", automatic({ mostPerHour: null }))]);
  assert.ok(again.ok && again.changes.length === 0);
  for (const nothing of [LETS, { ...LETS, automatic: null }])
    assert.deepEqual(settingsOf(applied(hospital, set("lab", { alertResponses: [nothing] })), "lab").alertResponses, [
      LETS,
    ]);
});

test("the entry that says how alerts may restrict access is the organization's own, else that of all", () => {
  const s = applied(
    hospital,
    set("*", automatic()),
    set("lab", { alertResponses: [] }),
    set("ward", { retentionYears: 7 }),
  );
  const of = (organization: string | null) => respondingEntry(s.organizations, organization)?.id;
  assert.deepEqual([of("lab"), of("ward"), of("other"), of(null)], ["lab", "*", "*", "*"]);
  assert.equal(respondingEntry(hospital.organizations, "lab"), null);
});

test("a put of the same changes nothing, whatever the order of roles", () => {
  const settings = { breakGlass: { ...RESPONDERS, roles: ["responder", "nurse", "nurse"] } };
  const s = applied(hospital, set("lab", settings));
  assert.deepEqual(settingsOf(s, "lab").breakGlass?.roles, ["nurse", "responder"]);
  assert.equal(applied(s, set("lab", { breakGlass: { ...RESPONDERS, roles: ["nurse", "responder"] } })), s);
});

test("a justification that is kept was given for the retention that was set then, and for none that is shorter", () => {
  const at5 = applied(emptySnapshot(), {
    putOrganization: { id: "o", settings: { retentionYears: 5 }, justification: "state law" },
  });
  const update = (settings: object, more: object = {}) => ({ updateOrganization: { id: "o", settings, ...more } });
  for (const shorter of [update({ retentionYears: 4 }), update({ retentionYears: 1, legalHold: true })]) {
    const result = apply(at5, [shorter]);
    assert.ok(!result.ok);
    assert.match(JSON.stringify(result.problems), /updateOrganization\.settings\.retentionYears.*at least 6/);
  }
  assert.equal(settingsOf(applied(at5, update({ legalHold: true })), "o").retentionYears, 5);
  const at4 = applied(at5, update({ retentionYears: 4 }, { justification: "another state" }));
  assert.equal(settingsOf(at4, "o").retentionYears, 4);
  // Written for something else, at six.
  const named = applied(emptySnapshot(), {
    putOrganization: { id: "o", settings: { legalHold: false }, justification: "no case is open" },
  });
  assert.ok(!apply(named, [update({ retentionYears: 5 })]).ok);
});
