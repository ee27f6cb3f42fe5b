import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { type Reason, reason } from "../../src/domain/decisions/reason.ts";
import { printedReason, REASON_CODES, reasonText } from "../../src/domain/decisions/reasonText.ts";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { NOW, policies, requests, snapshotFrom } from "../support/policies.ts";

const DAY = Date.parse("2026-03-01T12:00:00Z");
const scope = "view_lab_results";
const personal = { clientId: "app" };
const subject = { subject: { id: "ann", type: "user" } };
const none = { needs: [], roles: [], unmet: [] };
const access = { action: "vread", kind: "ACCESS", organization: null, resourceType: "Observation" } as const;
const missing = { missing: { action: "create", lacks: "ACTION" }, requested: "patient/*.c" } as const;
const granted = (because: Reason<"SCOPE_NOT_GRANTED">["parameters"]["because"], more: object = {}) =>
  reason("SCOPE_NOT_GRANTED", { parameters: { at: DAY, because, missing: null, ...more }, personal, scope });

/** Each form of each reason, and its sentence. */
const byConsents = { consents: [{ id: "c-17", version: 2 }] };
const sentences: readonly (readonly [Reason, string])[] = [
  [reason("ALLOWED_BY_RULE", { ruleId: "r1", scope }), "view_lab_results allows it: rule r1, for everyone."],
  [
    reason("ALLOWED_BY_PROTOCOL_SCOPES", {}),
    "The token carries protocol scopes alone (such as openid or launch), which reach no resource.",
  ],
  [
    reason("ALLOWED_BY_RULE", { role: "head -> nurse", ruleId: "r1", scope }),
    "view_lab_results allows it: rule r1, by role head -> nurse.",
  ],
  [
    reason("ALLOWED_BY_RULE", {
      parameters: { action: "read", organization: null, resourceType: null },
      role: "nurse",
      ruleId: "r1",
      scope,
    }),
    "view_lab_results can be used: rule r1, by role nurse in any organization, can allow read on any type.",
  ],
  [
    reason("ALLOWED_BY_RULE", {
      parameters: { action: "read", organization: "city-lab", resourceType: "Observation" },
      role: "nurse",
      ruleId: "r1",
      scope,
    }),
    "view_lab_results can be used: rule r1, by role nurse in city-lab, can allow read on Observation.",
  ],
  [reason("UNKNOWN_CLIENT", { personal }), "There is no client app; an admin can create it."],
  [reason("CLIENT_SUSPENDED", { personal }), "Client app is suspended."],
  [
    reason("SUSPENDED_FOR_REVIEW", { parameters: { endsAt: Date.UTC(2026, 2, 1, 9, 30, 59), id: "r1", of: "CLIENT" } }),
    "The access of this client is suspended for review until 2026-03-01 09:30 UTC.",
  ],
  [
    reason("FACTS_DISAGREE", { parameters: { members: ["resource.patient"] }, personal: { asked: ["ann"] } }),
    "The directory knows another resource.patient than ann; correct the request, or the directory.",
  ],
  [
    reason("FACTS_REPLACED", { parameters: { attributes: ["subject.attributes.unit"] } }),
    "The directory's values replaced those of the request: subject.attributes.unit.",
  ],
  [
    reason("FACTS_REPLACED", { parameters: { attributes: ["resource.attributes.a"], moreAttributes: 2 } }),
    "The directory's values replaced those of the request: resource.attributes.a and 2 more.",
  ],
  [
    reason("NO_SCOPES", { parameters: { because: "NONE_GRANTED" }, personal }),
    "Client app is granted no scope at this time.",
  ],
  [
    reason("NO_SCOPES", { parameters: { because: "NONE_PRESENTED" } }),
    "The request presents no scopes: its list is empty.",
  ],
  [
    reason("NO_SCOPES", { parameters: { because: "NONE_REQUESTED" } }),
    "The request asks for no scopes: its list is empty.",
  ],
  [
    reason("SCOPE_NARROWED", { parameters: { to: ["patient/Observation.r"] }, personal, scope: "patient/*.rs" }),
    "patient/*.rs says more than client app is granted; it counts as patient/Observation.r.",
  ],
  [
    reason("SCOPE_NARROWED", { parameters: { moreTo: 2, to: ["patient/A.r", "patient/B.r"] }, personal, scope: "p" }),
    "p says more than client app is granted; it counts as patient/A.r and patient/B.r and 2 more.",
  ],
  [
    reason("SCOPE_NARROWED", { parameters: { to: [] }, personal, scope: "patient/*.rs" }),
    "patient/*.rs says more than client app is granted; it counts only for what it is granted.",
  ],
  [reason("UNKNOWN_SCOPE", { scope }), "There is no scope view_lab_results; an admin can create it."],
  [
    reason("UNKNOWN_SCOPE", { parameters: { meant: "view_labs" }, scope }),
    "There is no scope view_lab_results; did you mean view_labs?",
  ],
  [
    reason("UNKNOWN_SCOPE", { parameters: { syntax: "not of the form patient/Type.letters" }, scope: "patient/x" }),
    "patient/x is no SMART scope: not of the form patient/Type.letters.",
  ],
  [
    reason("SCOPE_NOT_ACTIVE", { parameters: { version: 2 }, scope }),
    "view_lab_results v2 is a draft; an admin can activate it.",
  ],
  [
    reason("SCOPE_RETIRED", { parameters: { later: null, retiredAt: null, successor: null, version: 1 }, scope }),
    "view_lab_results v1 retired.",
  ],
  [
    reason("SCOPE_RETIRED", {
      parameters: { later: { state: "DRAFT", version: 2 }, retiredAt: DAY, successor: null, version: 1 },
      scope,
    }),
    "view_lab_results v1 retired on 2026-03-01; v2 is a draft and can be activated.",
  ],
  [
    reason("SCOPE_RETIRED", {
      parameters: { later: { state: "DRAFT", version: 2 }, retiredAt: DAY, successor: "view_labs", version: 1 },
      scope,
    }),
    "view_lab_results v1 retired on 2026-03-01; use view_labs.",
  ],
  [
    reason("SCOPE_DEPRECATED", { parameters: { successor: "view_labs", sunsetAt: DAY, version: 1 }, scope }),
    "view_lab_results v1 is deprecated and retires on 2026-03-01; use view_labs.",
  ],
  [granted("NOT_GRANTED"), "Client app is not granted view_lab_results; an admin can grant it."],
  [
    granted("NOT_GRANTED", { missing }),
    "Client app is not granted view_lab_results; an admin can grant it. patient/*.c is not within it: action create",
  ],
  [granted("BEGINS"), "Client app's grant of view_lab_results begins on 2026-03-01."],
  [granted("ENDED"), "Client app's grant of view_lab_results ended on 2026-03-01; an admin can grant it anew."],
  [
    granted("NARROWED", { missing }),
    "Client app is not granted view_lab_results as a whole. patient/*.c is not within it: action create.",
  ],
  [granted("NARROWED"), "Client app is not granted view_lab_results in one scope, but in several that say the same."],
  [
    reason("SCOPE_DOES_NOT_COVER", {
      parameters: { action: "read", kind: "ACCESS", resourceType: "Observation", why: { because: "NO_ATOMS" } },
      scope,
    }),
    "view_lab_results does not cover read on Observation: it permits nothing.",
  ],
  [
    reason("SCOPE_DOES_NOT_COVER", { parameters: { kind: "GRANT", why: { because: "NO_SUBJECT" } }, scope }),
    "view_lab_results would reach nothing: it is for a user and the request names no subject.",
  ],
  [
    reason("NO_MATCHING_RULE", { parameters: { ...none, ...access }, personal: subject, scope }),
    "user ann holds no role that counts in every organization, and no rule allows everyone view_lab_results for vread on Observation.",
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: {
        ...access,
        needs: ["head", "nurse"],
        organization: "city-lab",
        roles: ["porter", "clerk"],
        unmet: [{ ruleId: "r1", when: "true" }],
      },
      scope,
    }),
    "roles porter, clerk lack view_lab_results for vread on Observation in city-lab; rule r1 would allow it if true; it needs the role head or nurse.",
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: { ...access, moreRoles: 2, moreUnmet: 3, needs: [], roles: ["porter"], unmet: [] },
      scope,
    }),
    "roles porter and 2 more lack view_lab_results for vread on Observation for a resource that names no organization; 3 more rules would under conditions of their own.",
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: {
        ...access,
        emergencyNeeds: ["responder"],
        needs: ["nurse"],
        organization: "city-lab",
        roles: ["clerk"],
        unmet: [
          { missing: ["purposeOfUse", "resource.labels"], ruleId: "r1", when: 'purposeOfUse == "TREAT"' },
          { inEmergency: true, ruleId: "r2", when: 'purposeOfUse == "BTG"' },
        ],
      },
      scope,
    }),
    'role clerk lacks view_lab_results for vread on Observation in city-lab; rule r1 would allow it if purposeOfUse == "TREAT", but purposeOfUse and resource.labels are missing; it needs the role nurse; in an emergency rule r2 would allow it; in an emergency responder would do.',
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: { ...none, ...access, emergencyNeeds: ["responder"], organization: "city-lab", roles: ["clerk"] },
      scope,
    }),
    "role clerk lacks view_lab_results for vread on Observation in city-lab; no role does, except in an emergency.",
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: {
        ...{ ...none, ...access, emergencyNeeds: ["responder"], organization: "city-lab", roles: ["clerk"] },
        unmet: [{ ruleId: "r1", when: 'purposeOfUse == "TREAT"' }],
      },
      scope,
    }),
    'role clerk lacks view_lab_results for vread on Observation in city-lab; rule r1 would allow it if purposeOfUse == "TREAT"; in an emergency responder would do.',
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: { ...none, ...access, organization: "city-lab" },
      personal: { holdsAs: ["device", "user"], subject: { id: "ann", type: "identity" } },
      scope,
    }),
    "identity ann holds no role in city-lab, and no rule allows everyone view_lab_results for vread on Observation; ann holds roles there as type device and user, and the request says identity.",
  ],
  [
    reason("NO_MATCHING_RULE", {
      parameters: { ...none, kind: "GRANT" },
      personal: { subject: { id: "ann", name: "Ann Ito", type: "user" } },
      scope,
    }),
    "view_lab_results is of no use to Ann Ito (user ann), who holds no role: no rule can allow anything with it.",
  ],
  [
    reason("NO_MATCHING_RULE", { parameters: { ...none, kind: "GRANT" }, personal, scope }),
    "view_lab_results is of no use to client app, who holds no role: no rule can allow anything with it.",
  ],
  [
    reason("DENIED_BY_RULE", { parameters: { description: "Not at night.", kind: "ACCESS" }, ruleId: "r1", scope }),
    "Rule r1 denies it: Not at night.",
  ],
  [
    reason("DENIED_BY_RULE", {
      parameters: { description: "Not at night.", kind: "ACCESS", missing: ["context.region"] },
      ruleId: "r1",
      scope,
    }),
    "Rule r1 denies it, as context.region is missing: Not at night.",
  ],
  [
    reason("DENIED_BY_RULE", { parameters: { description: null, kind: "GRANT" }, ruleId: "r1", scope }),
    "Rule r1 denies all that view_lab_results could be used for.",
  ],
  [
    reason("CONSENT_REQUIRED", { parameters: { need: "SCOPE", of: "PATIENT" }, scope }),
    "view_lab_results needs the patient's consent, and none is on record.",
  ],
  [
    reason("CONSENT_REQUIRED", { parameters: { need: "SILENCE", of: "NOBODY" }, scope }),
    "The organization asks for the patient's consent, and the request does not say whose the data is.",
  ],
  [reason("ALLOWED_BY_CONSENT", { personal: byConsents, scope }), "The patient's consent permits it."],
  [
    reason("CONSENT_REFUSED", { parameters: { need: null, of: "PATIENT" }, personal: byConsents, scope }),
    "The patient refuses it.",
  ],
  [
    reason("CONSENT_WITHDRAWN", { parameters: { need: "DATA", of: "PATIENT" }, scope }),
    "Data with these labels needs the patient's consent, which was given and is withdrawn.",
  ],
  [
    reason("CONSENT_EXPIRED", { parameters: { need: "SCOPE", of: "PATIENT" }, scope }),
    "view_lab_results needs the patient's consent, and the one on record has ended.",
  ],
  [
    reason("CONSENT_OTHER_PURPOSE", { parameters: { need: "SCOPE", of: "PATIENT" }, scope }),
    "view_lab_results needs the patient's consent, and what is on record is for another purpose than this.",
  ],
  [
    reason("CONSENT_OTHER_RECIPIENT", { parameters: { need: null, of: "PATIENT" }, scope }),
    "The patient agreed to this for another recipient.",
  ],
  [
    reason("CONSENT_DATA_EXCEPTED", { parameters: { need: null, of: "PATIENT" }, scope }),
    "The patient's consent leaves this data out.",
  ],
  [
    reason("PURPOSE_REQUIRED", { parameters: { organization: "lakeside-clinic" } }),
    "The request declares no purpose of use, and lakeside-clinic asks for one: send purposeOfUse, such as TREAT.",
  ],
  [
    reason("PURPOSE_REQUIRED", { parameters: { organization: null } }),
    "The request declares no purpose of use, and the policy asks for one: send purposeOfUse, such as TREAT.",
  ],
  [
    reason("BREAK_GLASS_REQUIRED", { parameters: { need: "SILENCE", of: "PATIENT" }, scope }),
    "Without the patient's consent, only an emergency opens this; ask for the patient's consent.",
  ],
  [
    reason("BREAK_GLASS_REQUIRED", { parameters: { need: "PURPOSE", of: "PATIENT" }, scope }),
    "Break-glass needs an open emergency for this person, patient and organization; there is none.",
  ],
  [
    reason("BREAK_GLASS_REQUIRED", {
      parameters: { need: "PURPOSE", of: "PATIENT" },
      personal: { openAt: ["citylab"] },
      scope,
    }),
    "Break-glass needs an open emergency for this person, patient and organization; there is none here; one is open at citylab.",
  ],
  [
    reason("BREAK_GLASS_REQUIRED", { parameters: { need: "PURPOSE", of: "NOBODY" }, scope }),
    "Break-glass needs an emergency that is open for the patient, and the request does not say whose the data is.",
  ],
  [
    reason("BREAK_GLASS", { parameters: { id: "bg-1", otherwise: null, wouldBeAllowed: true }, scope }),
    "Emergency bg-1 is open for the patient.",
  ],
  [
    reason("BREAK_GLASS", { parameters: { id: "bg-1", otherwise: "CONSENT_REFUSED", wouldBeAllowed: false }, scope }),
    "Emergency bg-1 is open for the patient; without one, this would be denied (CONSENT_REFUSED).",
  ],
  [
    reason("CONDITION_ERROR", {
      parameters: { effect: "DENY" },
      personal: { error: "No such key: labels" },
      ruleId: "r1",
      scope,
    }),
    "The condition of rule r1 (DENY) could not be evaluated: No such key: labels.",
  ],
];

describe("the sentence of a reason", () => {
  for (const [made, sentence] of sentences) test(sentence, () => assert.equal(reasonText(made), sentence));

  test("is there for every code", () => {
    assert.deepEqual([...new Set(sentences.map(([{ code }]) => code))].sort(), [...REASON_CODES].sort());
  });

  test("says that who it was about is erased, where that is so, and all else as before", () => {
    const erased = sentences.flatMap(([made, sentence]) => {
      if (!("personal" in made)) return [];
      const { personal: _, ...rest } = made;
      return [[reasonText(rest as Reason), sentence] as const];
    });
    assert.equal(erased.length, 21);
    for (const [text, sentence] of erased)
      assert.equal(
        text,
        sentence
          .replace(/; ann holds roles there [^.]*| here; one is open at citylab/, "")
          .replace(
            /Ann Ito \(user ann\)|(user|identity) ann|client app(?=,)|app|ann(?=;)|No such key: labels/,
            "[erased]",
          ),
      );
  });

  test("stands with what programs need of a reason", () => {
    assert.deepEqual(printedReason(reason("CLIENT_SUSPENDED", { personal })), {
      code: "CLIENT_SUSPENDED",
      message: "Client app is suspended.",
      role: null,
      ruleId: null,
      scope: null,
    });
  });
});

describe("reasons of generated decisions", () => {
  let engine: Engine;
  before(async () => {
    engine = await createEngine();
  });
  const eachReason = (check: (made: Reason) => void): void =>
    fc.assert(
      fc.property(policies, requests, (rows, request) => {
        const facts = { snapshot: snapshotFrom(rows), engine, now: NOW };
        const { clientId, subject: who, purposeOfUse, context, requestId } = request;
        const scopes = request.scopes ?? ["s1", "patient/*.cruds"];
        const token = {
          clientId,
          subject: who,
          scopes,
          heldScopes: [],
          languages: null,
          purposeOfUse,
          context,
          requestId,
        };
        for (const made of [...decide(facts, request).reasons, ...decideGrant(facts, token).reasons]) check(made);
      }),
      { numRuns: 400 },
    );

  test("are written in the order of canonical JSON, and print the same when they are read again", () => {
    eachReason((made) => {
      const text = JSON.stringify(made);
      assert.equal(text, canonicalJson(made as unknown as Json));
      assert.equal(reasonText(JSON.parse(text) as Reason), reasonText(made));
    });
  });

  test("name clients, subjects and patients in `personal`, and nowhere else", () => {
    let named = 0;
    eachReason((made) => {
      if ("personal" in made) named++;
      const { personal: _, ...rest } = made as Reason & { readonly personal?: unknown };
      assert.doesNotMatch(JSON.stringify(rest), /"[cp]\d"/);
    });
    assert.ok(named > 200);
  });
});
