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

/** Types of subjects who are nothing but patients. */
export const ONLY_PATIENTS: readonly string[] = PATIENT_TYPES.filter((type) => type !== USER);

/**
 * Whether somebody is the patient, or who represents the patient; null: neither. The patient has a right to the own data (45 CFR 164.524): who
 * has the record, as the directory says, or is of a patient's type. A user of the patient's id only under a scope for that patient
 * (`isInContext`), as ids of staff may be those of patients.
 */
export function whoAsks(
  subject: Person | null,
  patient: string,
  {
    isInContext,
    properties,
  }: {
    readonly isInContext: boolean;
    readonly properties: { readonly [name: string]: unknown } | null | undefined;
  },
): "PATIENT" | "REPRESENTATIVE" | null {
  if (subject === null) return null;
  if (properties?.patientRecord === patient) return "PATIENT";
  const isById = ONLY_PATIENTS.includes(subject.type) || (subject.type === USER && isInContext);
  if (isById && subject.id === patient) return "PATIENT";
  const represents = properties?.represents;
  const isFor = Array.isArray(represents) && (represents as readonly unknown[]).includes(patient);
  return isFor ? "REPRESENTATIVE" : null;
}
