import { isProgram } from "../callers/samePerson.ts";
import type { Json } from "../kernel/canonical.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { USER } from "../policy/types.ts";
import { isFhirType } from "../scopes/fhir.ts";
import { referenceTarget } from "../scopes/fhirReference.ts";
import { type Directory, entityOf } from "./directory.ts";
import type { Entity, Properties } from "./entity.ts";

/** Types of FHIR that are people, and not such as work here. */
const PATIENT_TYPES: ReadonlySet<string> = new Set([PATIENT_TYPE, "RelatedPerson", "Person"]);
const isPatientType = (type: string): boolean => PATIENT_TYPES.has(type) || type.toLowerCase() === "patient";

/** Properties that name the patients whose the entry is. */
const OWNERS = ["patient", "patients"] as const;
/** Properties that tell of a patient: of somebody who works here, of themselves as one. */
const TELLING = [
  "patientRecord",
  "represents",
  "careTeam",
  "appointments",
  "orders",
  "referrals",
  "vip",
  "relatives",
  "household",
] as const;
/** Of these, the ones that people have who are no patients. */
const OF_PEOPLE: ReadonlySet<string> = new Set(["relatives", "household"]);

const says = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

const namesPatient = (reference: Json): boolean => {
  const type = typeof reference === "string" ? referenceTarget(reference)?.type : null;
  return typeof type === "string" && isPatientType(type);
};
/** Whether a list of FHIR resources names somebody who is a patient, or stands for one. */
const hasPatient = (references: Json | undefined): boolean =>
  Array.isArray(references) && (references as readonly Json[]).some(namesPatient);

/** Whether entries of a type may be of people: those of FHIR who are none are resources. */
const maybePeople = (type: string): boolean => type === "Practitioner" || (!isFhirType(type) && !isProgram(type));

/**
 * Whether an entry tells of a patient: it is one, belongs to one, or is of somebody who is one, speaks for one, or is tied to people as
 * patients are. Whoever works here, too, has a `unit`, and is staff. Who sees patients under pseudonyms sees nothing of such an entry.
 */
export function isPatientsEntry(directory: Directory, { id, properties, type }: Entity): boolean {
  if (isPatientType(type)) return true;
  if (OWNERS.some((name) => says(properties?.[name])) || hasPatient(properties?.references)) return true;
  if (maybePeople(type) && typeof properties?.unit === "string") return false;
  if (TELLING.some((name) => !OF_PEOPLE.has(name) && says(properties?.[name]))) return true;
  // A user is a patient by the same id.
  return (
    hasPatient(properties?.fhirReferences) || (type === USER && entityOf(directory, PATIENT_TYPE, id) !== undefined)
  );
}

/** Left out of what is shown of others: what tells of a patient, and with which accounts somebody signs in. */
const LEFT_OUT: readonly string[] = [...TELLING, "accounts"];

/** An entry that is no patient's, without what tells of patients and accounts: the same object where it has nothing of that. */
export function openProperties(properties: Properties | null): Properties | null {
  if (properties === null) return null;
  const { fhirReferences } = properties;
  const isLinked = hasPatient(fhirReferences);
  if (!isLinked && !LEFT_OUT.some((name) => properties[name] !== undefined)) return properties;
  const shown = Object.fromEntries(Object.entries(properties).filter(([name]) => !LEFT_OUT.includes(name)));
  if (!isLinked) return shown;
  return { ...shown, fhirReferences: (fhirReferences as readonly Json[]).filter((each) => !namesPatient(each)) };
}
