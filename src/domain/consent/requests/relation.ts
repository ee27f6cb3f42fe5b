import { type Directory, entityOf } from "../../directory/directory.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import { isPatientById } from "../isPatient.ts";
import type { Relation } from "./consentRequest.ts";

/** What is no person. */
const CLIENT = "client";

/** Whether a subject may be a person. A client is none, whatever it is called. */
export const isPerson = ({ type }: { readonly type: string }): boolean => type !== CLIENT;

/**
 * By what somebody may answer for a patient, as the directory says it now; null: by nothing. A client is nobody's patient, whatever it
 * is called.
 */
export function relationTo(
  directory: Directory,
  { id, type }: { readonly type: string; readonly id: string },
  patient: string,
): Relation | null {
  if (!isPerson({ type })) return null;
  if (isPatientById({ id, type }, patient)) return "PATIENT";
  const properties = entityOf(directory, type, id)?.properties;
  if (type !== PATIENT_TYPE && properties?.patientRecord === patient) return "RECORD";
  const represents = properties?.represents;
  return Array.isArray(represents) && (represents as readonly unknown[]).includes(patient) ? "REPRESENTS" : null;
}
