import { canonicalPurpose } from "../consent/hl7Codes.ts";
import { isNarrowerPurpose } from "../consent/purposeTree.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { USER } from "../policy/types.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import type { Subject } from "./types.ts";

/** Types of subjects who are nothing but patients. */
const ONLY_PATIENTS: readonly string[] = ["patient", PATIENT_TYPE];
const AT_PATIENTS_REQUEST = "PATRQT";

const isPatientScope = (scope: string): boolean =>
  parseSmartScope(scope)?.atoms.every(({ context }) => context === "PATIENT") ?? false;

function isPatientsPurpose(purpose: string | null): boolean {
  if (purpose === null) return true;
  const [code, wide] = [canonicalPurpose(purpose), canonicalPurpose(AT_PATIENTS_REQUEST)];
  return code === wide || isNarrowerPurpose(code, wide);
}

/**
 * Whether an access was made as a patient is served: by a subject of a patient's type; or by a user under `patient/` scopes alone,
 * for no purpose or at the patient's request. A clinician who opens the own record at work does it as staff.
 */
export function isServedAsPatient(access: {
  readonly purposeOfUse: string | null;
  readonly subject: Pick<Subject, "type"> | null;
  /** Those on which it rests. */
  readonly scopes: readonly string[];
}): boolean {
  const { purposeOfUse, scopes, subject } = access;
  if (subject === null) return false;
  if (ONLY_PATIENTS.includes(subject.type)) return true;
  if (subject.type !== USER) return false;
  return scopes.length > 0 && scopes.every(isPatientScope) && isPatientsPurpose(purposeOfUse);
}
