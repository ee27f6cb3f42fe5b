import type { Json } from "../kernel/canonical.ts";
import { organizationId } from "../kernel/organizationId.ts";
import { PATIENT_TYPE, patientId, patientProblem } from "../kernel/patientId.ts";
import { identifierProblem, seenTextProblem } from "../kernel/text.ts";
import { canonicalCode } from "../scopes/codeSystems.ts";
import { completeListProblems } from "../scopes/completeLists.ts";
import { isFhirType, nearestFhirType } from "../scopes/fhir.ts";
import { canonicalReference, referenceTarget } from "../scopes/fhirReference.ts";
import { patientAttributeProblems } from "../scopes/patientAttributes.ts";
import { accountKey, accountOf } from "./accounts.ts";
import type { NewEntity } from "./entity.ts";

type ValueProblem = (value: Json) => string | null;

/** Texts of a list, and labels of a resource: as many as a request may have. */
const MOST = 100;

const text: ValueProblem = (value) =>
  typeof value === "string" ? seenTextProblem(value, 256) : "must be a text of at most 256 characters";
const name: ValueProblem = (value) => (typeof value === "string" ? identifierProblem(value) : "must be a text");
const flag: ValueProblem = (value) => (typeof value === "boolean" ? null : "must be true or false");

const listOf =
  (problemOf: ValueProblem): ValueProblem =>
  (value) => {
    if (!Array.isArray(value)) return "must be a list of texts";
    if (value.length > MOST) return `must have at most ${MOST} items`;
    for (const [i, each] of (value as readonly Json[]).entries()) {
      const problem = problemOf(each);
      if (problem !== null) return `${problem} (item ${i})`;
    }
    return null;
  };
const names = listOf(name);
const patient: ValueProblem = (value) => (typeof value === "string" ? patientProblem(value) : "must be a text");

const references = listOf((value) => {
  const target = typeof value === "string" ? referenceTarget(value) : null;
  if (target === null || target.type === null) return "must be Type/id, such as Practitioner/nina";
  if (isFhirType(target.type)) return identifierProblem(target.id);
  const near = nearestFhirType(target.type);
  return `${target.type} is no type of FHIR${near === null ? "" : `; did you mean ${near}?`}`;
});

const identifiers = listOf((value) => {
  if (typeof value !== "string" || !/^[a-z][a-z0-9+.-]*:[^|\s]+\|[^|\s]/i.test(value))
    return "must be system|value, the system an absolute URI";
  return seenTextProblem(value, 512);
});

const accounts: ValueProblem = (value) => {
  if (!Array.isArray(value)) return "must be a list of accounts, each with issuer and id";
  if (value.length > MOST) return `must have at most ${MOST} items`;
  const seen = new Set<string>();
  for (const [i, each] of (value as readonly Json[]).entries()) {
    const account = accountOf(each);
    if (account === null) return `must be { issuer, id }, and nothing else: an https URL and a text (item ${i})`;
    if (seen.has(accountKey(account))) return `names an account that is named before (item ${i})`;
    seen.add(accountKey(account));
  }
  return null;
};

/** What a caller says of a subject for itself is no fact of the directory. */
const notHere: ValueProblem = () => "is what callers send; what the directory knows are fhirReferences";

/**
 * Properties with a meaning (docs/directory.md), each with what it must be where it is given; null is the same as absent.
 * Of any other the value is any JSON.
 */
const MEANINGS = {
  name: text,
  address: text,
  organization: name,
  patient,
  patients: listOf(patient),
  labels: names,
  careTeam: names,
  appointments: names,
  orders: names,
  referrals: names,
  unit: text,
  departments: names,
  groups: names,
  identifiers,
  household: text,
  relatives: names,
  patientRecord: patient,
  represents: listOf(patient),
  vip: flag,
  fhirReferences: references,
  accounts,
  fhirUser: notHere,
} as const satisfies { readonly [property: string]: ValueProblem };
export type MeaningfulProperty = keyof typeof MEANINGS;

const spelt = (value: Json | undefined): Json | undefined =>
  typeof value === "string"
    ? patientId(value)
    : Array.isArray(value)
      ? [...new Set((value as readonly Json[]).map((each) => (typeof each === "string" ? patientId(each) : each)))]
      : value;

/** Those that name patients, who may be named as `Patient/x` too. */
const OF_PATIENTS = ["patient", "patients", "patientRecord", "represents"] as const;

const textsIn = (value: Json, form: (text: string) => string): Json =>
  Array.isArray(value)
    ? [...new Set((value as readonly Json[]).map((each) => (typeof each === "string" ? form(each) : each)))]
    : value;

/** Those that name somebody in consents, each in the one form in which they are compared; groups stand as they are written. */
const FORMS = {
  fhirReferences: (text: string) => canonicalReference(text) ?? text,
  identifiers: canonicalCode,
} as const;

/** An entity as it is kept: each patient by the one name that there is, the id; FHIR resources as `Type/id`. */
export function canonicalEntity({ type, id, properties }: NewEntity): NewEntity {
  const named = { type, id: type === PATIENT_TYPE ? patientId(id) : id };
  if (properties === null) return { ...named, properties };
  const changed: { [name: string]: Json | undefined } = {};
  const { organization } = properties;
  if (typeof organization === "string") changed.organization = organizationId(organization);
  for (const name of OF_PATIENTS) if (properties[name] !== undefined) changed[name] = spelt(properties[name]);
  for (const name of Object.keys(FORMS) as (keyof typeof FORMS)[]) {
    const value = properties[name];
    if (value !== undefined) changed[name] = textsIn(value, FORMS[name]);
  }
  return { ...named, properties: Object.keys(changed).length === 0 ? properties : { ...properties, ...changed } };
}

/** What is wrong with the properties of an entity, each with the path from `properties`. */
export function* propertyProblems({ type, id, properties }: NewEntity): Generator<readonly [path: string, string]> {
  if (properties === null) return;
  for (const [property, problemOf] of Object.entries(MEANINGS)) {
    const value = properties[property] ?? null;
    const problem = value === null ? null : problemOf(value);
    if (problem !== null) yield [`properties.${property}`, problem];
  }
  for (const { message, path } of completeListProblems(properties, "properties")) yield [path, message];
  const { patient: one = null, patients = null } = properties;
  const named = [type === PATIENT_TYPE ? id : one, ...(Array.isArray(patients) ? (patients as readonly Json[]) : [])];
  const { patient: _, patients: __, ...others } = properties;
  for (const { message, path } of patientAttributeProblems(
    others,
    { patients: named.filter((each) => typeof each === "string"), type },
    "properties",
  ))
    yield [path, message];
  if (one !== null && Array.isArray(patients) && !patients.includes(one))
    yield ["properties.patient", "must be among patients"];
  if (type === PATIENT_TYPE && ((one !== null && one !== id) || patients !== null))
    yield [`properties.${patients === null ? "patient" : "patients"}`, "of a Patient is its id: leave it out"];
}
