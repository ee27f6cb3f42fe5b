import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { ALL_DATA } from "../../src/domain/consent/dataMatch.ts";
import { SPECIALLY_PROTECTED } from "../../src/domain/consent/specialProtection.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { Silence } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { consentOf, exceptionOf } from "../support/consents.ts";
import { LABELLED } from "../support/labelled.ts";
import { purpose as asPurpose, labels } from "../support/oneForm.ts";
import { accessRequest } from "../support/records.ts";

const NOW = 1_800_000_000_000;
const HL7 = "http://terminology.hl7.org/CodeSystem/";
const purpose = (code: string): string => `${HL7}v3-ActReason|${code}`;
const actCode = (code: string): string => `${HL7}v3-ActCode|${code}`;

const scope = (name: string, requiresConsent: boolean, context: "ANY" | "PATIENT" = "ANY"): PolicyOperation[] => [
  {
    putScope: {
      name,
      atoms: [{ context, resourceType: "Observation", actions: ["read", "search"] }],
      requiresConsent,
      justification: "This policy is for a test.",
    },
  },
  { activateScope: { name } },
  { grantScope: { clientId: "app", scope: name } },
];
const silences: readonly Silence[] = ["DENY", "BREAK_GLASS_ONLY", "PERMIT_TREATMENT", "PERMIT_TPO", "PERMIT"];
const POLICY: readonly PolicyOperation[] = [
  LABELLED,
  { putClient: { id: "app", name: "App" } },
  {
    putRule: {
      id: "anyone",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      role: "*",
      scope: "*",
      action: "*",
      resourceType: "*",
    },
  },
  ...scope("view", false),
  ...scope("view_own", false, "PATIENT"),
  ...scope("view_genetics", true),
  { grantScope: { clientId: "app", scope: "patient/Observation.rs" } },
  ...silences.map(
    (silence): PolicyOperation => ({
      putOrganization: { id: silence.toLowerCase(), settings: { consentOnSilence: [{ purpose: null, silence }] } },
    }),
  ),
  { putOrganization: { id: "enforced", settings: { specialProtection: "ENFORCED" } } },
  {
    putOrganization: {
      id: "by_purpose",
      settings: {
        consentOnSilence: [
          { purpose: "HRESCH", silence: "DENY" },
          { purpose: null, silence: "PERMIT" },
        ],
      },
    },
  },
];

let engine: Engine;
let snapshot: Snapshot;
before(async () => {
  engine = await createEngine();
  const { checkCondition, readCondition } = engine;
  const facts = { now: NOW, newId: () => "rule", checkCondition, readCondition };
  const applied = applyOperations(emptySnapshot(), POLICY, facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  snapshot = applied.snapshot;
});

interface Asked {
  readonly scope?: string;
  readonly at?: string;
  readonly purpose?: string | null;
  readonly action?: string;
  readonly resource?: Partial<AccessRequest["resource"]>;
  readonly organization?: string;
  readonly contextPatient?: string;
  readonly consents?: readonly Consent[];
  readonly subject?: { readonly id: string; readonly type: string };
}

const PAUL = { id: "paul", type: "user" };

function ask({ consents = [], organization, contextPatient, subject = PAUL, ...asked }: Asked) {
  const { action = "read", at = "permit", purpose: of = "TREAT", resource = {}, scope: presented = "view" } = asked;
  const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
  const request = accessRequest({
    clientId: "app",
    subject: { ...subject, organization: organization ?? null, roles: null, attributes: null },
    scopes: [presented],
    action,
    resource: {
      ...{ type: "Observation", id: "o1", patient: "ann", patients: null, labels: [], attributes: null },
      organization: at,
      ...resource,
    },
    purposeOfUse: asPurpose(of),
    context: contextPatient === undefined ? null : { ...nothing, patient: contextPatient },
  });
  return decide({ snapshot, engine, now: NOW, gathered: { consents } }, request);
}

/** `ALLOW CODE ...`, with the notices of an ALLOW; obligations by type. */
function told(asked: Asked): string {
  const { obligations, outcome, reasons } = ask(asked);
  const codes = reasons.map(({ code }) => code).filter((code) => code !== "ALLOWED_BY_RULE");
  return [outcome, ...codes, ...obligations.map(({ type }) => type)].join(" ");
}

describe("what silence means", () => {
  const cases: readonly (readonly [string, string | null, string])[] = [
    ["permit", "HMARKT", "ALLOW"],
    ["permit", null, "ALLOW"],
    ["permit_tpo", "TREAT", "ALLOW"],
    ["permit_tpo", "ETREAT", "ALLOW"],
    ["permit_tpo", "HPAYMT", "ALLOW"],
    ["permit_tpo", "HOPERAT", "ALLOW"],
    ["permit", "BTG", "DENY BREAK_GLASS_REQUIRED"],
    ["permit_tpo", "BTG", "DENY BREAK_GLASS_REQUIRED"],
    ["permit_tpo", "HRESCH", "DENY CONSENT_REQUIRED"],
    ["permit_tpo", null, "DENY CONSENT_REQUIRED"],
    ["permit_treatment", "TREAT", "ALLOW"],
    ["permit_treatment", "HPAYMT", "DENY CONSENT_REQUIRED"],
    ["break_glass_only", "TREAT", "DENY BREAK_GLASS_REQUIRED"],
    ["break_glass_only", "BTG", "DENY BREAK_GLASS_REQUIRED"],
    ["deny", "TREAT", "DENY CONSENT_REQUIRED"],
    ["by_purpose", "HRESCH", "DENY CONSENT_REQUIRED"],
    ["by_purpose", "TREAT", "ALLOW"],
  ];
  for (const [at, of, expected] of cases)
    test(`${at}, for ${of ?? "no purpose"}: ${expected}`, () => assert.equal(told({ at, purpose: of }), expected));

  test("concerns others than the patient, who is of a patient's type", () => {
    for (const type of ["patient", "Patient"])
      assert.equal(told({ at: "deny", subject: { id: "ann", type } }), "ALLOW", type);
    for (const type of ["user", "Practitioner", "practitioner", "PATIENT", "client", "Device", "person"])
      assert.equal(told({ at: "deny", subject: { id: "ann", type } }), "DENY CONSENT_REQUIRED", type);
  });

  test("a user of the patient's id is the patient under a scope for that patient alone", () => {
    const subject = { id: "ann", type: "user" };
    const scope = "patient/Observation.rs";
    assert.equal(told({ at: "deny", subject, scope, contextPatient: "ann" }), "ALLOW");
    assert.equal(told({ at: "deny", subject, contextPatient: "ann" }), "DENY CONSENT_REQUIRED", "a custom scope");
    const ofPaul = { id: "paul", type: "user" };
    assert.equal(told({ at: "deny", subject: ofPaul, scope, contextPatient: "ann" }), "DENY CONSENT_REQUIRED");
  });

  test("and a consent that permits it, in each", () => {
    for (const silence of silences)
      assert.equal(told({ at: silence.toLowerCase(), consents: [consentOf()] }), "ALLOW ALLOWED_BY_CONSENT");
  });
});

describe("a scope that asks for consent", () => {
  const view = (more: Asked = {}) => told({ scope: "view_genetics", ...more });
  const treatment = [purpose("TREAT")];
  test("needs one where silence permits", () => {
    assert.equal(view(), "DENY CONSENT_REQUIRED");
    assert.equal(view({ consents: [consentOf()] }), "ALLOW ALLOWED_BY_CONSENT");
  });
  test("and each way in which it is not there is told apart", () => {
    const cases: readonly (readonly [Consent, string])[] = [
      [consentOf({ effect: "DENY" }), "CONSENT_REFUSED"],
      [consentOf({ version: 2, step: "WITHDRAWN" }), "CONSENT_WITHDRAWN"],
      [consentOf({ validUntil: NOW }), "CONSENT_EXPIRED"],
      [consentOf({ purposes: [purpose("HRESCH")] }), "CONSENT_OTHER_PURPOSE"],
      [
        consentOf({
          purposes: treatment,
          recipients: [
            { clientId: "other", subject: null, role: null, organization: null, group: null, identifier: null },
          ],
        }),
        "CONSENT_OTHER_RECIPIENT",
      ],
      [consentOf({ data: { ...ALL_DATA, resourceTypes: ["Condition"] } }), "CONSENT_DATA_EXCEPTED"],
      [consentOf({ patient: "bob" }), "CONSENT_REQUIRED"],
      [consentOf({ scopes: ["view"] }), "CONSENT_REQUIRED"],
    ];
    for (const [consent, code] of cases) assert.equal(view({ consents: [consent] }), `DENY ${code}`, code);
  });
  test("names the consents and versions that it rests on", () => {
    const { reasons } = ask({ scope: "view_genetics", consents: [consentOf({ version: 4 })] });
    assert.deepEqual(
      reasons.flatMap((each) => (each.code === "ALLOWED_BY_CONSENT" ? [each.personal] : [])),
      [{ consents: [{ id: "c1", version: 4 }] }],
    );
  });
  test("needs that of each patient whom the resource names, and of somebody", () => {
    const both = { resource: { patient: null, patients: ["ann", "bob"] } };
    assert.equal(view({ ...both, consents: [consentOf()] }), "DENY CONSENT_REQUIRED");
    const all = [consentOf(), consentOf({ id: "d", patient: "bob" })];
    assert.equal(view({ ...both, consents: all }), "ALLOW ALLOWED_BY_CONSENT ALLOWED_BY_CONSENT");
    assert.equal(view({ resource: { patient: null }, consents: all }), "DENY CONSENT_REQUIRED");
  });
});

describe("a refusal", () => {
  test("denies where silence permits and nothing asks", () => {
    assert.equal(told({ consents: [consentOf({ effect: "DENY" })] }), "DENY CONSENT_REFUSED");
    assert.equal(told({ consents: [consentOf({ effect: "DENY", patient: "bob" })] }), "ALLOW");
  });
  test("of one recipient leaves others alone", () => {
    const of = { clientId: null, subject: null, role: null, group: null, identifier: null };
    const consents = [consentOf({ effect: "DENY", recipients: [{ ...of, organization: "clinic" }] })];
    assert.equal(told({ consents, organization: "clinic" }), "DENY CONSENT_REFUSED");
    assert.equal(told({ consents, organization: "hospital" }), "ALLOW");
  });
});

describe("specially protected data", () => {
  for (const code of ["PSYTHPN", "42CFRPart2", "ETH", "SUD", "ETHUD", "OPIOIDUD"]) {
    test(`${code} asks for consent whatever silence means`, () => {
      const asked = { resource: { labels: labels([actCode(code)]) } };
      assert.equal(told(asked), "DENY CONSENT_REQUIRED");
      assert.equal(told({ resource: { labels: labels([code]) } }), "DENY CONSENT_REQUIRED");
      const named = consentOf({ data: { ...ALL_DATA, labels: [actCode(code)] } });
      const notice = code === "PSYTHPN" ? "" : " noRedisclosure";
      assert.equal(told({ ...asked, consents: [named] }), `ALLOW ALLOWED_BY_CONSENT${notice}`);
      const general = code === "PSYTHPN" ? "DENY CONSENT_DATA_EXCEPTED" : `ALLOW ALLOWED_BY_CONSENT${notice}`;
      assert.equal(told({ ...asked, consents: [consentOf()] }), general);
    });
  }
  test("is withheld by the caller where labels are not known yet, unless the organization vouches for them", () => {
    const withheld = [
      { type: "label", parameters: null },
      { type: "redact", parameters: { anyOf: [{ labels: SPECIALLY_PROTECTED, type: "labels" }] } },
    ];
    for (const [at, expected] of [
      ["enforced", withheld],
      ["permit", []],
      ["permit_tpo", []],
    ] as const) {
      assert.deepEqual(ask({ at, action: "search", resource: { id: null, labels: null } }).obligations, expected);
      assert.deepEqual(ask({ at, resource: { labels: null } }).obligations, expected);
      assert.deepEqual(ask({ at, resource: { labels: ["N"] } }).obligations, []);
    }
  });
});

describe("a search", () => {
  const search = (more: Asked) =>
    told({ action: "search", ...more, resource: { id: null, labels: null, ...more.resource } });
  const restricted = [`${HL7}v3-Confidentiality|R`];
  test("that names no patient is denied where silence does not permit, but for shared types", () => {
    assert.equal(search({ at: "deny", resource: { patient: null } }), "DENY CONSENT_REQUIRED");
    assert.equal(search({ at: "permit", resource: { patient: null } }), "ALLOW askEachPatient");
  });
  test("of a patient scope that names none has the consent of the patient in context", () => {
    const asked = { scope: "view_own", at: "deny", contextPatient: "ann", resource: { patient: null } };
    assert.equal(search(asked), "DENY CONSENT_REQUIRED");
    assert.equal(search({ ...asked, consents: [consentOf()] }), "ALLOW ALLOWED_BY_CONSENT filter");
  });
  test("withholds what is excepted, and one resource of that is denied", () => {
    const exceptions = [exceptionOf({ data: { ...ALL_DATA, labels: restricted } })];
    const asked = { at: "deny", consents: [consentOf({ exceptions })] };
    const { obligations } = ask({ ...asked, action: "search", resource: { id: null, labels: null } });
    assert.ok(JSON.stringify(obligations).includes("v3-Confidentiality|R"), JSON.stringify(obligations));
    assert.ok(obligations.some(({ type }) => type === "redact"));
    assert.equal(told({ ...asked, resource: { labels: labels(restricted) } }), "DENY CONSENT_DATA_EXCEPTED");
    assert.equal(told({ ...asked, resource: { labels: ["N"] } }), "ALLOW ALLOWED_BY_CONSENT");
  });
  test("returns only what was agreed to, as one clause more of the one filter", () => {
    const data = { ...ALL_DATA, categories: ["laboratory"] };
    const asked = { scope: "view_own", at: "deny", contextPatient: "ann", consents: [consentOf({ data })] };
    const { obligations } = ask({ ...asked, action: "search", resource: { id: null, labels: null, patient: null } });
    assert.deepEqual(obligations, [
      {
        type: "filter",
        parameters: {
          allOf: [
            { anyOf: [{ patient: "ann", type: "patient" }] },
            { anyOf: [{ categories: ["laboratory"], type: "categories" }] },
          ],
        },
      },
    ]);
  });
});

describe("a token", () => {
  const grant = (more: { patient?: string; consents?: readonly Consent[]; purpose?: string; scopes?: string[] }) => {
    const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
    const { reasons, scope: granted } = decideGrant(
      { snapshot, engine, now: NOW, gathered: { consents: more.consents ?? [] } },
      {
        clientId: "app",
        subject: { id: "paul", type: "user", organization: null, roles: null, attributes: null },
        scopes: more.scopes ?? ["view_genetics"],
        heldScopes: [],
        languages: null,
        purposeOfUse: asPurpose(more.purpose ?? null),
        context: more.patient === undefined ? null : { ...nothing, patient: more.patient },
        requestId: null,
      },
    );
    return granted ?? reasons.map(({ code }) => code).join(" ");
  };
  test("for a patient has the scopes to which that patient agreed", () => {
    assert.equal(grant({ patient: "ann" }), "CONSENT_REQUIRED");
    assert.equal(grant({ patient: "ann", consents: [consentOf()] }), "view_genetics");
    assert.equal(grant({ patient: "ann", consents: [consentOf({ effect: "DENY" })] }), "CONSENT_REFUSED");
    assert.equal(grant({ patient: "bob", consents: [consentOf()] }), "CONSENT_REQUIRED");
  });
  test("whose searches are confined to a patient who refuses is refused", () => {
    const [scopes, refusal] = [["patient/Observation.rs"], consentOf({ effect: "DENY" })];
    assert.equal(grant({ patient: "ann", consents: [refusal], scopes }), "CONSENT_REFUSED");
    assert.equal(grant({ patient: "ann", consents: [], scopes }), "patient/Observation.rs");
  });
  test("may be used for any purpose that was agreed to, where none is declared yet", () => {
    const consents = [consentOf({ purposes: [purpose("TREAT")] })];
    assert.equal(grant({ patient: "ann", consents }), "view_genetics");
    assert.equal(grant({ patient: "ann", consents, purpose: "HRESCH" }), "CONSENT_OTHER_PURPOSE");
  });
  test("for nobody in particular has them: whose the data is, each access says", () => {
    assert.equal(grant({}), "view_genetics");
  });
});
