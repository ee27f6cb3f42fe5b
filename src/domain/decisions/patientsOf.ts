import { PATIENT_TYPE } from "../kernel/patientId.ts";
import type { Resource } from "./types.ts";

const NOBODY: readonly string[] = [];

/**
 * Whom a resource is about, each once; empty: it names nobody. The patient of a resource of type Patient is its id. The
 * request is in canonical form (`parseAuthorizeInput`), or comes from a record that is.
 */
export function patientsOf({
  id,
  patient,
  patients,
  type,
}: Pick<Resource, "id" | "patient" | "patients" | "type">): readonly string[] {
  if (type === PATIENT_TYPE && id !== null) return [id];
  // Records of before a resource could have several patients have no such member.
  if (patients !== null && patients !== undefined) return patients;
  return patient === null ? NOBODY : [patient];
}
