import { PATIENT_TYPE, patientId } from "../kernel/patientId.ts";
import { purposeOf } from "../scopes/purposes.ts";
import type { DecisionFilter } from "./types.ts";

/** A filter as decisions are searched by it: patients and purposes are named as they are on record. */
export function canonicalFilter(filter: DecisionFilter): DecisionFilter {
  const { patient, purposeOfUse, resourceId, resourceType } = filter;
  return {
    ...filter,
    ...(patient ? { patient: patientId(patient) } : null),
    ...(purposeOfUse ? { purposeOfUse: purposeOf(purposeOfUse) } : null),
    ...(resourceId && resourceType === PATIENT_TYPE ? { resourceId: patientId(resourceId) } : null),
  };
}
