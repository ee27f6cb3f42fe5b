import type { Json } from "../kernel/canonical.ts";
import { PATIENT_TYPE, patientId } from "../kernel/patientId.ts";
import { identifierProblem, textProblem } from "../kernel/text.ts";
import type { NewEntity } from "./entity.ts";

type ValueProblem = (value: Json) => string | null;

/** Texts of a list, and labels of a resource: as many as a request may have. */
const MOST = 100;

const text: ValueProblem = (value) =>
  typeof value === "string" ? textProblem(value, 256) : "must be a text of at most 256 characters";
const name: ValueProblem = (value) => (typeof value === "string" ? identifierProblem(value) : "must be a text");
const flag: ValueProblem = (value) => (typeof value === "boolean" ? null : "must be true or false");

function names(value: Json): string | null {
  if (!Array.isArray(value)) return "must be a list of texts";
  if (value.length > MOST) return `must have at most ${MOST} items`;
  for (const [i, each] of (value as readonly Json[]).entries()) {
    const problem = name(each);
    if (problem !== null) return `${problem} (item ${i})`;
  }
  return null;
}

/**
 * Properties with a meaning (docs/directory.md), each with what it must be where it is given; null is the same as absent.
 * Of any other the value is any JSON.
 */
const MEANINGS = {
  name: text,
  address: text,
  organization: name,
  patient: name,
  patients: names,
  labels: names,
  careTeam: names,
  appointments: names,
  orders: names,
  referrals: names,
  unit: text,
  departments: names,
  household: text,
  relatives: names,
  patientRecord: name,
  represents: names,
  vip: flag,
} as const satisfies { readonly [property: string]: ValueProblem };

const spelt = (value: Json | undefined): Json | undefined =>
  typeof value === "string"
    ? patientId(value)
    : Array.isArray(value)
      ? [...new Set((value as readonly Json[]).map((each) => (typeof each === "string" ? patientId(each) : each)))]
      : value;

/** Those that name patients, who may be named as `Patient/x` too. */
const OF_PATIENTS = ["patient", "patients", "patientRecord", "represents"] as const;

/** An entity as it is kept: each patient by the one name that there is, the id. */
export function canonicalEntity({ type, id, properties }: NewEntity): NewEntity {
  const named = { type, id: type === PATIENT_TYPE ? patientId(id) : id };
  if (properties === null || !OF_PATIENTS.some((name) => properties[name] !== undefined))
    return { ...named, properties };
  const changed = OF_PATIENTS.filter((name) => properties[name] !== undefined).map((name) => [
    name,
    spelt(properties[name]),
  ]);
  return { ...named, properties: { ...properties, ...Object.fromEntries(changed) } };
}

/** What is wrong with the properties of an entity, each with the path from `properties`. */
export function* propertyProblems({ type, id, properties }: NewEntity): Generator<readonly [path: string, string]> {
  if (properties === null) return;
  for (const [property, problemOf] of Object.entries(MEANINGS)) {
    const value = properties[property] ?? null;
    const problem = value === null ? null : problemOf(value);
    if (problem !== null) yield [`properties.${property}`, problem];
  }
  const { patient = null, patients = null } = properties;
  if (patient !== null && Array.isArray(patients) && !patients.includes(patient))
    yield ["properties.patient", "must be among patients"];
  if (type === PATIENT_TYPE && ((patient !== null && patient !== id) || patients !== null))
    yield [`properties.${patients === null ? "patient" : "patients"}`, "of a Patient is its id: leave it out"];
}
