import { ONLY_PATIENTS } from "../consent/isPatient.ts";
import { USER } from "../policy/types.ts";
import { isBelowPurpose, type Purpose } from "../scopes/purposes.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import type { Subject } from "./types.ts";

const AT_PATIENTS_REQUEST: Purpose = "PATRQT";

export const isPatientScope = (scope: string): boolean =>
  parseSmartScope(scope)?.atoms.every(({ context }) => context === "PATIENT") ?? false;

const isPatientsPurpose = (purpose: Purpose | null): boolean =>
  purpose === null || purpose === AT_PATIENTS_REQUEST || isBelowPurpose(purpose, AT_PATIENTS_REQUEST);

/**
 * Whether an access was made as a patient is served: by a subject of a patient's type; or by a user under `patient/` scopes alone,
 * for no purpose or at the patient's request. A clinician who opens the own record at work does it as staff.
 */
export function isServedAsPatient(access: {
  readonly purposeOfUse: Purpose | null;
  readonly subject: Pick<Subject, "type"> | null;
  /** Those on which it rests. */
  readonly scopes: readonly string[];
}): boolean {
  const { purposeOfUse, scopes, subject } = access;
  if (subject === null) return false;
  if (ONLY_PATIENTS.includes(subject.type)) return true;
  if (subject.type !== USER) return false;
  return scopes.length > 0 && isPatientsPurpose(purposeOfUse) && scopes.every(isPatientScope);
}
