import { PATIENT_TYPE, patientId } from "../kernel/patientId.ts";
import { USER } from "../policy/types.ts";
import { canonicalReference } from "../scopes/fhirReference.ts";

/** Types of subjects whose ids are those of patients. The id of anybody else, a practitioner or a device, tells of no patient. */
const PATIENT_TYPES: readonly string[] = [USER, "patient", PATIENT_TYPE];

interface Person {
  readonly type: string;
  readonly id: string;
}

/** Whether somebody is a patient by the id. */
export const isPatientById = ({ id, type }: Person, patient: string): boolean =>
  id === patient && PATIENT_TYPES.includes(type);

/** Whether a subject is a patient: by the id, or by `patientRecord`, which the directory has of it. */
export const isPatient = (subject: Person | null, patient: string, patientRecord: unknown): boolean =>
  subject !== null && (isPatientById(subject, patient) || patientRecord === patient);

/** Types of subjects who are nothing but patients. */
export const ONLY_PATIENTS: readonly string[] = PATIENT_TYPES.filter((type) => type !== USER);

type Properties = { readonly [name: string]: unknown } | null | undefined;

/** Whether somebody is the patient by a name of their own: of a patient's type, or a user under a scope for that patient, as ids of staff may be those of patients. */
function isNamedPatient(subject: Person, patient: string, fhirUsers: readonly string[] | null): boolean {
  const isOfPatients = ONLY_PATIENTS.includes(subject.type);
  if (!isOfPatients && (subject.type !== USER || fhirUsers === null)) return false;
  if (patientId(subject.id) === patient) return true;
  // SMART's `fhirUser` of a patient who signs in (SMART App Launch 2.2, 3.3.3).
  return fhirUsers?.some((text) => canonicalReference(text.trim()) === `${PATIENT_TYPE}/${patient}`) === true;
}

/**
 * Whether somebody is the patient, or who represents the patient; null: neither. The patient has a right to the own data (45 CFR 164.524): who
 * has the record, as the directory says, or is the patient by name.
 * @param fhirUsers - what the caller says to be their FHIR resources, under a scope for that patient; null: under another
 */
export function whoAsks(
  subject: Person | null,
  patient: string,
  { fhirUsers, properties }: { readonly fhirUsers: readonly string[] | null; readonly properties: Properties },
): "PATIENT" | "REPRESENTATIVE" | null {
  if (subject === null) return null;
  if (properties?.patientRecord === patient || isNamedPatient(subject, patient, fhirUsers)) return "PATIENT";
  const represents = properties?.represents;
  const isFor = Array.isArray(represents) && (represents as readonly unknown[]).includes(patient);
  return isFor ? "REPRESENTATIVE" : null;
}
