// What is read from a FHIR R4 Consent, what is refused and where, and how one is written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFhirConsent } from "../../src/domain/consent/fhir/readFhirConsent.ts";
import { writeFhirConsent } from "../../src/domain/consent/fhir/writeFhirConsent.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { ANYBODY, consent } from "./sampleConsents.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/";
const treat = { system: `${HL7}v3-ActReason`, code: "TREAT" };
const recipient = { coding: [{ system: `${HL7}v3-ParticipationType`, code: "IRCP" }] };
const scope = { coding: [{ system: `${HL7}consentscope`, code: "patient-privacy" }] };

type Part = { readonly [name: string]: unknown };

/** A Consent with these members beside what it needs, and this provision. */
const resource = (provision: Part = {}, more: Part = {}): Part => ({
  resourceType: "Consent",
  id: "r",
  status: "active",
  scope,
  category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
  patient: { reference: "Patient/ann" },
  dateTime: "2026-01-01",
  provision: { type: "permit", ...provision },
  ...more,
});

const actor = (reference: Part, role: unknown = recipient): Part => ({ actor: [{ role, reference }] });
const org = { reference: "Organization/clinic" };
const nested = (exception: Part): Part => ({ provision: [exception] });
const PROVISION = "Consent.provision";
const EXTENSION = "urn:scopewarden:fhir:consent-terms";
const own = (valueString: string, url = EXTENSION): Part => ({ modifierExtension: [{ url, valueString }] });

const refused: readonly (readonly [what: string, resource: unknown, path: string])[] = [
  ["no object", "Consent", "Consent"],
  ["another resource", resource({}, { resourceType: "Contract" }), "Consent.resourceType"],
  ["a member that FHIR has not", resource({}, { provisions: [] }), "Consent.provisions"],
  ["rules that change what is meant", resource({}, { implicitRules: "urn:x" }), "Consent.implicitRules"],
  ["a status that FHIR has not", resource({}, { status: "on" }), "Consent.status"],
  ["no scope", resource({}, { scope: undefined }), "Consent.scope"],
  [
    "a scope that is misspelt",
    resource({}, { scope: { coding: [{ ...scope.coding[0], code: "privacy" }] } }),
    "Consent.scope.coding[0].code",
  ],
  ["no patient", resource({}, { patient: undefined }), "Consent.patient"],
  ["somebody who is none", resource({}, { patient: { reference: "Group/a" } }), "Consent.patient.reference"],
  [
    "another server's patient",
    resource({}, { patient: { reference: "https://x.example/Patient/1" } }),
    "Consent.patient.reference",
  ],
  [
    "a patient of another type",
    resource({}, { patient: { reference: "Patient/ann", type: "Practitioner" } }),
    "Consent.patient.type",
  ],
  [
    "an actor of another type",
    resource(actor({ reference: "Practitioner/paul", type: "Device" })),
    `${PROVISION}.actor[0].reference.type`,
  ],
  [
    "data of another type",
    resource({ data: [{ meaning: "related", reference: { reference: "Encounter/e", type: "CarePlan" } }] }),
    `${PROVISION}.data[0].reference.type`,
  ],
  ["a day that is none", resource({}, { dateTime: "2026-02-30" }), "Consent.dateTime"],
  ["a time without a zone", resource({}, { dateTime: "2026-02-01T10:00:00" }), "Consent.dateTime"],
  ["no provision and no rule", resource({}, { provision: undefined }), PROVISION],
  [
    "a rule that is both",
    resource({}, { policyRule: { coding: ["OPTIN", "OPTOUT"].map((code) => ({ system: `${HL7}v3-ActCode`, code })) } }),
    "Consent.policyRule.coding",
  ],
  [
    "a rule against the root's type",
    resource({ type: "permit" }, { policyRule: { coding: [{ system: `${HL7}v3-ActCode`, code: "OPTOUT" }] } }),
    "Consent.policyRule",
  ],
  ["a type that is none", resource({ type: "allow" }), `${PROVISION}.type`],
  ["a member of a provision that FHIR has not", resource({ agent: [] }), `${PROVISION}.agent`],
  [
    "a modifier of a provision",
    resource({ modifierExtension: [{ url: "urn:x" }] }),
    `${PROVISION}.modifierExtension[0]`,
  ],
  ["a purpose that is misspelt", resource({ purpose: [{ ...treat, code: "TRAET" }] }), `${PROVISION}.purpose[0].code`],
  ["a purpose of no system", resource({ purpose: [treat, { code: "Billing" }] }), `${PROVISION}.purpose[1].system`],
  ["no purpose in a list of them", resource({ purpose: [] }), `${PROVISION}.purpose`],
  [
    "a label of an unknown system",
    resource({ securityLabel: [{ system: "https://x.example/labels", code: "VIP" }] }),
    `${PROVISION}.securityLabel[0].system`,
  ],
  [
    "a label of another system",
    resource(
      nested({
        type: "deny",
        securityLabel: [{ system: "https://house.example/labels", code: "HIV" }],
      }),
    ),
    `${PROVISION}.provision[0].securityLabel[0].system`,
  ],
  [
    "a confidentiality that is none",
    resource({ securityLabel: [{ system: `${HL7}v3-Confidentiality`, code: "X" }] }),
    `${PROVISION}.securityLabel[0].code`,
  ],
  [
    "a class that is no type",
    resource({ class: [{ system: "http://hl7.org/fhir/resource-types", code: "Observations" }] }),
    `${PROVISION}.class[0].code`,
  ],
  [
    "a class by media type",
    resource({ class: [{ system: "urn:ietf:bcp:13", code: "application/pdf" }] }),
    `${PROVISION}.class[0].system`,
  ],
  ["a code as text alone", resource({ code: [{ text: "glucose" }] }), `${PROVISION}.code[0].coding`],
  ["a code of no system", resource({ code: [{ coding: [{ code: "1" }] }] }), `${PROVISION}.code[0].coding[0].system`],
  [
    "a near miss of a system",
    resource({ code: [{ coding: [{ system: "http://snomed.info/sct/", code: "1" }] }] }),
    `${PROVISION}.code[0].coding[0].system`,
  ],
  [
    "an action that is none",
    resource({ action: [{ coding: [{ system: `${HL7}consentaction`, code: "read" }] }] }),
    `${PROVISION}.action[0].coding[0].code`,
  ],
  ["an actor without a role", resource({ actor: [{ reference: org }] }), `${PROVISION}.actor[0].role`],
  [
    "an actor of another role",
    resource(
      nested({ type: "deny", ...actor(org, { coding: [{ system: `${HL7}v3-ParticipationType`, code: "CST" }] }) }),
    ),
    `${PROVISION}.provision[0].actor[0].role`,
  ],
  [
    "an actor who is told by a name alone",
    resource(actor({ display: "The clinic" })),
    `${PROVISION}.actor[0].reference`,
  ],
  [
    "an actor that receives nothing",
    resource(actor({ reference: "Observation/o1" })),
    `${PROVISION}.actor[0].reference.reference`,
  ],
  [
    "an actor of the resource's own",
    resource(actor({ reference: "#clinic" })),
    `${PROVISION}.actor[0].reference.reference`,
  ],
  [
    "an identifier of no system",
    resource(actor({ identifier: { value: "1" } })),
    `${PROVISION}.actor[0].reference.identifier.system`,
  ],
  [
    "a meaning that is none",
    resource({ data: [{ meaning: "about", reference: { reference: "Observation/o1" } }] }),
    `${PROVISION}.data[0].meaning`,
  ],
  [
    "data that is no reference",
    resource({ data: [{ meaning: "instance", reference: { reference: "o1" } }] }),
    `${PROVISION}.data[0].reference.reference`,
  ],
  [
    "a period that ends before it starts",
    resource({ period: { start: "2026-05", end: "2026-04" } }),
    `${PROVISION}.period`,
  ],
  ["a period of nothing", resource({ dataPeriod: {} }), `${PROVISION}.dataPeriod`],
  ["an exception without a type", resource(nested({ purpose: [treat] })), `${PROVISION}.provision[0].type`],
  [
    "an exception to an exception",
    resource(nested({ type: "deny", ...nested({ type: "permit" }) })),
    `${PROVISION}.provision[0].provision[0]`,
  ],
  ["other terms that are no JSON", resource(own("{")), `${PROVISION}.modifierExtension`],
  ["other terms that are not known", resource(own('{"weekdays":["MON"]}')), `${PROVISION}.modifierExtension`],
  [
    "other terms that are not what they must be",
    resource(own('{"scopes":"view_labs"}')),
    `${PROVISION}.modifierExtension`,
  ],
  [
    "a grant that is no text",
    resource({ type: "deny", ...nested({ type: "permit", ...own('{"grantId":["g"]}') }) }),
    `${PROVISION}.provision[0].modifierExtension`,
  ],
  ["a grant of the whole", resource({ type: "deny", ...own('{"grantId":"g"}') }), `${PROVISION}.modifierExtension`],
  [
    "an answer of an exception",
    resource(nested({ type: "deny", ...own('{"answers":"r"}') })),
    `${PROVISION}.provision[0].modifierExtension`,
  ],
  [
    "a grant of an exception to what is permitted",
    resource(nested({ type: "permit", ...own('{"grantId":"g"}') })),
    `${PROVISION}.provision[0].modifierExtension`,
  ],
  [
    "a grant of an exception that refuses",
    resource({ type: "deny", ...nested({ type: "deny", ...own('{"grantId":"g"}') }) }),
    `${PROVISION}.provision[0].modifierExtension`,
  ],
  [
    "a grant of an exception for some data",
    resource({
      type: "deny",
      ...nested({
        type: "permit",
        code: [{ coding: [{ system: "http://loinc.org", code: "1" }] }],
        ...own('{"grantId":"g"}'),
      }),
    }),
    `${PROVISION}.provision[0].modifierExtension`,
  ],
  [
    "a recipient with a member too many",
    resource(own(JSON.stringify({ recipients: [{ ...ANYBODY, role: "a", floor: "2" }] }))),
    `${PROVISION}.modifierExtension`,
  ],
  [
    "terms that are said twice",
    resource({ purpose: [treat], ...own('{"purposes":["x|y"]}') }),
    `${PROVISION}.modifierExtension`,
  ],
];

for (const [what, given, path] of refused)
  test(`${what} is refused at ${path}`, () => {
    const isAt = (error: unknown): true => {
      assert.ok(error instanceof ScopewardenError && error.code === "BAD_USER_INPUT");
      assert.deepEqual(
        error.problems.map((problem) => problem.path),
        [path],
      );
      return true;
    };
    assert.throws(() => readFhirConsent(given), isAt);
  });

test("all that is wrong is told at once", () => {
  const wrong = resource({ type: "allow", purpose: [{ code: "X" }] }, { status: "on" });
  const paths = ["Consent.status", `${PROVISION}.purpose[0].system`, `${PROVISION}.type`];
  const isAll = ({ problems }: ScopewardenError) => paths.join() === problems.map(({ path }) => path).join();
  assert.throws(() => readFhirConsent(wrong), isAll);
});

test("actors are read by what they are", () => {
  const references = ["Organization/clinic", "Practitioner/doc", "Device/app", "CareTeam/t1"];
  const { terms } = readFhirConsent(
    resource({
      actor: [
        ...references.map((reference) => ({ role: recipient, reference: { reference } })),
        { role: recipient, reference: { identifier: { system: "urn:x", value: "7" } } },
      ],
    }),
  );
  assert.deepEqual(terms.recipients, [
    { ...ANYBODY, organization: "clinic" },
    { ...ANYBODY, subject: { id: "doc", type: "Practitioner" } },
    { ...ANYBODY, clientId: "app" },
    { ...ANYBODY, group: "CareTeam/t1" },
    { ...ANYBODY, identifier: "urn:x|7" },
  ]);
});

for (const [status, step, madeAt] of [
  ["active", "RECORDED", Date.parse("2026-01-01")],
  ["inactive", "WITHDRAWN", Date.parse("2026-01-01")],
  ["draft", "WITHDRAWN", null],
  ["proposed", "WITHDRAWN", null],
  ["rejected", "WITHDRAWN", null],
  ["entered-in-error", "WITHDRAWN", null],
] as const)
  test(`one that is ${status} is ${step}${madeAt === null ? ", and replaces nothing" : ""}`, () => {
    const read = readFhirConsent(resource({}, { status }));
    assert.deepEqual([read.status, read.step, read.madeAt], [status, step, madeAt]);
  });

test("the end of a period includes all of its day, month or year", () => {
  for (const [end, until] of [
    ["2026-05-31", "2026-06-01T00:00:00Z"],
    ["2026-05", "2026-06-01T00:00:00Z"],
    ["2026", "2027-01-01T00:00:00Z"],
    ["2026-05-31T12:00:00+02:00", "2026-05-31T10:00:01Z"],
  ] as const) {
    const { terms } = readFhirConsent(resource({ period: { end }, dataPeriod: { start: end, end } }));
    assert.deepEqual([terms.validUntil, terms.data.until], [Date.parse(until), Date.parse(until)]);
  }
});

test("a date counts from when it has begun anywhere until it has ended everywhere, where it refuses", () => {
  const day = { start: "2026-05-31", end: "2026-05-31" };
  const times = ({ validFrom, validUntil }: { validFrom: number | null; validUntil: number | null }) =>
    [validFrom, validUntil].map((at) => (at === null ? null : new Date(at).toISOString()));
  const refused = ["2026-05-30T10:00:00.000Z", "2026-06-01T12:00:00.000Z"];
  const permitted = ["2026-05-31T00:00:00.000Z", "2026-06-01T00:00:00.000Z"];
  const ofRoot = (given: Part) => times(readFhirConsent(given).terms);
  const rule = (code: string) => ({ policyRule: { coding: [{ system: `${HL7}v3-ActCode`, code }] } });
  assert.deepEqual(ofRoot(resource({ type: "deny", period: day })), refused);
  assert.deepEqual(ofRoot(resource({ type: "permit", period: day })), permitted);
  assert.deepEqual(ofRoot(resource({ type: undefined, period: day }, rule("OPTOUT"))), refused);
  assert.deepEqual(ofRoot(resource({ type: undefined, period: day }, rule("OPTIN"))), permitted);
  for (const [type, of] of [
    ["deny", refused],
    ["permit", permitted],
  ] as const) {
    const [exception] = readFhirConsent(resource({ provision: [{ type, period: day, actor: actor(org).actor }] })).terms
      .exceptions;
    assert.ok(exception);
    assert.deepEqual(times(exception), of);
  }
  assert.deepEqual(ofRoot(resource({ type: "deny", period: { start: "2026", end: "2026-05" } })), [
    "2025-12-31T10:00:00.000Z",
    "2026-06-01T12:00:00.000Z",
  ]);
  // What has a zone is as it is said.
  const zoned = { start: "2026-05-31T00:00:00+10:00", end: "2026-05-31T23:59:59-08:00" };
  for (const type of ["deny", "permit"])
    assert.deepEqual(ofRoot(resource({ type, period: zoned })), [
      "2026-05-30T14:00:00.000Z",
      "2026-06-01T08:00:00.000Z",
    ]);
  // As when data was made, which may bear dates alone.
  const { from, until } = readFhirConsent(resource({ type: "deny", dataPeriod: day })).terms.data;
  assert.deepEqual([from, until], [Date.parse("2026-05-31"), Date.parse("2026-06-01")]);
});

test("it is about its scope and what its categories say of the same", () => {
  const areas = (...codes: readonly string[]) => codes.map((code) => `${HL7}consentscope|${code}`);
  const research = { coding: [{ system: `${HL7}consentscope`, code: "research" }] };
  assert.equal(readFhirConsent(resource()).terms.areas, undefined);
  assert.deepEqual(readFhirConsent(resource({}, { scope: research })).terms.areas, areas("research"));
  assert.deepEqual(
    readFhirConsent(resource({}, { scope: research, category: [scope] })).terms.areas,
    areas("research", "patient-privacy"),
  );
});

test("without a type the rule of the policy is the base", () => {
  const policyRule = (code: string) => ({ policyRule: { coding: [{ system: `${HL7}v3-ActCode`, code }] } });
  const effect = (given: Part) => readFhirConsent(given).terms.effect;
  assert.equal(effect(resource({ type: undefined }, policyRule("OPTIN"))), "PERMIT");
  assert.equal(effect(resource({}, { ...policyRule("OPTOUT"), provision: undefined })), "DENY");
  assert.equal(effect(resource({}, policyRule("OPTIN"))), "PERMIT");
  assert.equal(effect(resource({ type: "deny" }, policyRule("OPTOUT"))), "DENY");
});

test("bare purposes are HL7's, and narrower ones are meant where that is said", () => {
  const { terms } = readFhirConsent(resource({ purpose: [{ code: "TREAT" }] }), { includeNarrower: true });
  assert.deepEqual([terms.purposes, terms.includeNarrower], [[`${HL7}v3-ActReason|TREAT`], true]);
});

test("what FHIR R4 has a place for is written there, and nothing else is needed to read it", () => {
  const written = writeFhirConsent(
    consent({
      purposes: ["TREAT"],
      recipients: [{ organization: "clinic" }],
      data: { labels: ["N"], resourceTypes: ["Observation"] },
      validUntil: "2027-01-01T00:00:00Z",
      exceptions: [{ effect: "DENY", data: { codes: ["http://loinc.org|1"] } }],
    }),
  );
  assert.doesNotMatch(JSON.stringify(written), /extension/i);
  assert.deepEqual(written.provision, {
    type: "permit",
    period: { end: "2026-12-31T23:59:59.999Z" },
    actor: [{ role: recipient, reference: org }],
    securityLabel: [{ system: `${HL7}v3-Confidentiality`, code: "N" }],
    purpose: [treat],
    class: [{ system: "http://hl7.org/fhir/resource-types", code: "Observation" }],
    provision: [{ type: "deny", code: [{ coding: [{ system: "http://loinc.org", code: "1" }] }] }],
  });
});

test("the rest stands where no reader may pass over it", () => {
  const written = writeFhirConsent(consent({ scopes: ["view_labs"], includeNarrower: true, step: "WITHDRAWN" }));
  assert.equal(written.status, "inactive");
  assert.deepEqual(written.modifierExtension, [{ url: "urn:scopewarden:fhir:include-narrower", valueBoolean: true }]);
  assert.deepEqual(written.provision.modifierExtension, [{ url: EXTENSION, valueString: '{"scopes":["view_labs"]}' }]);
});
