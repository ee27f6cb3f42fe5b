import type { Problem } from "../kernel/errors.ts";
import { PATIENT_TYPE, patientId } from "../kernel/patientId.ts";
import { parameterKind } from "./fhir.ts";
import { referenceTarget } from "./fhirReference.ts";

type Attributes = { readonly [name: string]: unknown };

/** Attributes of the names that members have, of whatever type of resource. */
const MEMBERS: readonly string[] = ["patient", "patients"];
/** FHIR's search parameters for whom a resource is about (R4 and R5), which may lead to others than patients: a Group, a Device. */
const SUBJECTS: readonly string[] = ["subject", "beneficiary", "individual"];

const OTHER = "names a patient whom the member patient (or patients) does not name: say it there too";
const UNREADABLE = "must be a reference to whom the member patient (or patients) names, such as Patient/ada";

const problemOf = (value: unknown, patients: readonly string[], mayBeOther: boolean): string | null => {
  if (typeof value !== "string") return UNREADABLE;
  if (patients.includes(patientId(value))) return null;
  const target = referenceTarget(value);
  if (target === null) return UNREADABLE;
  const isPatient = target.type === null || target.type === PATIENT_TYPE;
  if (!isPatient) return mayBeOther ? null : UNREADABLE;
  return patients.includes(target.id) ? null : OTHER;
};

/**
 * What is wrong with attributes that say whose a resource is: decisions look at its members, so that an attribute that stands alone, or says
 * otherwise, would hide whose data it is. `patients`: whom the members name.
 */
export function* patientAttributeProblems(
  attributes: Attributes | null,
  { patients, type }: { readonly patients: readonly string[]; readonly type: string },
  path: string,
): Generator<Problem> {
  if (attributes === null) return;
  for (const name of [...MEMBERS, ...SUBJECTS]) {
    const value = attributes[name] ?? null;
    const mayBeOther = !MEMBERS.includes(name);
    if (value === null || (mayBeOther && parameterKind(type, name) !== "reference")) continue;
    for (const each of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      const message = problemOf(each, patients, mayBeOther);
      if (message === null) continue;
      yield { path: `${path}.${name}`, message };
      break;
    }
  }
}
