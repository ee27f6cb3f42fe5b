import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { USER } from "../policy/types.ts";

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

/** Whether somebody is a patient or represents the patient, as the directory says. */
export function isPatientOrRepresents(
  subject: Person | null,
  patient: string,
  properties: { readonly [name: string]: unknown } | null | undefined,
): boolean {
  if (isPatient(subject, patient, properties?.patientRecord)) return true;
  const represents = properties?.represents;
  return subject !== null && Array.isArray(represents) && (represents as readonly unknown[]).includes(patient);
}
