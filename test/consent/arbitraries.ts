// Consents and questions out of few values, so that they often meet.

import fc from "fast-check";
import { ALL_DATA } from "../../src/domain/consent/dataMatch.ts";
import type {
  Consent,
  ConsentException,
  ConsentQuestion,
  DataTerms,
  RecipientTerms,
  ResourceData,
} from "../../src/domain/consent/types.ts";
import { labelCode, purposeCode } from "../support/oneForm.ts";
import { ANYBODY, MADE, NOW, consent as sample, question as sampleQuestion } from "./sampleConsents.ts";
import { statedCodes, statedReferences } from "./statedData.ts";

const DAY = 86_400_000;
const orNull = <T>(one: fc.Arbitrary<T>, weight = 1) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight, arbitrary: one });
const some = <T>(...values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });

const LABELS = ["N", "R", "V", "HIV", "PSY", "SUD", "ETHUD"].map(labelCode);
const PURPOSES = ["TREAT", "COC", "ETREAT", "HPAYMT", "BTG"].map(purposeCode);
const CODES = ["http://loinc.org|1", "http://loinc.org|2"] as const;
const TYPES = ["Observation", "Condition"] as const;
const TIMES = [MADE - 400 * DAY, MADE - 100 * DAY, MADE] as const;

const recipient: fc.Arbitrary<RecipientTerms> = fc
  .record(
    {
      clientId: fc.constantFrom("ehr", "portal"),
      organization: fc.constantFrom("clinic", "lab"),
      role: fc.constant("nurse"),
      subject: fc.constantFrom({ id: "doc", type: "Practitioner" }, { id: "doc", type: "user" }),
      group: fc.constantFrom("CareTeam/t", "staff"),
      identifier: fc.constant("urn:x|1"),
    },
    { requiredKeys: [] },
  )
  .map((members) => ({ ...ANYBODY, ...members }));

const data: fc.Arbitrary<DataTerms> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(ALL_DATA) },
  {
    weight: 3,
    arbitrary: fc
      .record(
        {
          resourceTypes: some(...TYPES),
          categories: some("s|lab", "s|vital"),
          labels: some(...LABELS),
          codes: some(...CODES),
          references: fc.uniqueArray(
            fc.record({
              meaning: fc.constantFrom("instance", "related", "dependents", "authoredby"),
              reference: fc.constantFrom("Observation/o1", "Encounter/e1", "Practitioner/p1"),
            }),
            { minLength: 1, maxLength: 2 },
          ),
          authors: some("Practitioner/p1", "Practitioner/p2"),
          from: fc.constantFrom(...TIMES),
          until: fc.constantFrom(...TIMES.map((time) => time + 50 * DAY)),
        },
        { requiredKeys: [] },
      )
      .map((members) => ({ ...ALL_DATA, ...members })),
  },
);

const provision = {
  effect: fc.constantFrom("PERMIT" as const, "DENY" as const),
  recipients: orNull(fc.array(recipient, { minLength: 1, maxLength: 2 })),
  scopes: orNull(fc.constantFrom(["view_labs"], ["user/Observation.rs"], ["user/*.rs"])),
  purposes: orNull(some(...PURPOSES), 2),
  actions: orNull(
    some("access", "disclose").map((all) =>
      all.map((each) => `http://terminology.hl7.org/CodeSystem/consentaction|${each}`),
    ),
  ),
  data,
  validFrom: orNull(fc.constantFrom(MADE - DAY, NOW + DAY)),
  validUntil: orNull(fc.constantFrom(NOW - DAY, NOW + 2 * DAY)),
} satisfies { readonly [K in keyof ConsentException]: fc.Arbitrary<ConsentException[K]> };
const exception: fc.Arbitrary<ConsentException> = fc.record(provision);

/** Of a refusal, as long as a grant permits. */
const grantException: fc.Arbitrary<ConsentException> = fc
  .record({ exception, grantId: fc.constantFrom("c0", "c1") })
  .map(({ exception: { validFrom: _, ...terms }, grantId }) => ({
    ...terms,
    validFrom: null,
    effect: "PERMIT",
    data: ALL_DATA,
    grantId,
  }));

export const consent: fc.Arbitrary<Consent> = fc
  .record({
    ...provision,
    answers: orNull(fc.constant("r1")),
    replacesAll: orNull(fc.constant(true as const)),
    forGrants: fc.array(grantException, { maxLength: 1 }),
    step: fc.constantFrom("RECORDED" as const, "RECORDED" as const, "RECORDED" as const, "WITHDRAWN" as const),
    madeAt: fc.constantFrom(null, MADE, MADE + DAY, MADE + 2 * DAY),
    includeNarrower: fc.boolean(),
    patient: fc.constantFrom("ann", "ann", "ann", "bob"),
    exceptions: fc.array(exception, { maxLength: 2 }),
  })
  .map(({ answers, exceptions, forGrants, replacesAll, ...terms }) => ({
    ...sample(),
    ...terms,
    exceptions: terms.effect === "DENY" ? [...exceptions, ...forGrants] : exceptions,
    ...(answers !== null && { answers }),
    ...(replacesAll !== null && { replacesAll }),
  }));

/** Some consents, each with an id of its own. */
export const consents: fc.Arbitrary<readonly Consent[]> = fc
  .array(consent, { maxLength: 4 })
  .map((all) => all.map((each, i) => ({ ...each, id: `c${i}` })));

export const question: fc.Arbitrary<ConsentQuestion> = fc
  .record({
    purposes: fc.uniqueArray(fc.constantFrom(...PURPOSES), { maxLength: 2 }),
    scope: fc.constantFrom(null, "view_labs", "user/Observation.rs", "user/*.rs", "user/Condition.rs"),
    resourceType: fc.constantFrom("*", ...TYPES),
    subject: fc.constantFrom(null, { id: "doc", type: "Practitioner" }, { id: "doc", type: "user" }),
  })
  .map(({ purposes, resourceType, scope, subject }) => ({
    ...sampleQuestion(),
    purposes,
    scope,
    recipient: {
      ...sampleQuestion().recipient,
      subject,
      roles: new Set(["nurse"]),
      groups: ["CareTeam/t"],
      identifiers: ["urn:x|1"],
    },
    data: { kind: "SET", resourceType },
  }));

/** A resource of which all is known: it has a confidentiality, and perhaps sensitivities. */
export const resource: fc.Arbitrary<ResourceData> = fc
  .record({
    resourceType: fc.constantFrom(...TYPES),
    confidentiality: fc.constantFrom(...["L", "N", "R", "V"].map(labelCode)),
    sensitivities: fc.uniqueArray(fc.constantFrom(...["HIV", "PSY", "ETHUD", "SPI"].map(labelCode)), {
      maxLength: 2,
    }),
    categories: fc.constantFrom([], ["s|lab"], ["http://loinc.org|1"]),
    codes: fc.constantFrom([], ["http://loinc.org|1"], ["http://loinc.org|3"]),
    madeAt: fc.constantFrom(...TIMES),
    author: fc.constantFrom("Practitioner/p1", "Practitioner/p3"),
    refersTo: fc.constantFrom([], ["Encounter/e1"]),
    referredToBy: fc.constantFrom([], ["Encounter/e1"]),
  })
  .map(({ author, categories, codes, confidentiality, madeAt, refersTo, sensitivities, ...rest }) => ({
    ...rest,
    categories: statedCodes(categories),
    codes: statedCodes([...codes, ...categories]),
    authors: statedReferences([author], true),
    perhapsAuthors: statedReferences([], true),
    references: statedReferences(refersTo, true),
    kind: "RESOURCE",
    reference: `${rest.resourceType}/o1`,
    labels: [confidentiality, ...sensitivities],
    madeAt: [madeAt, madeAt],
  }));
