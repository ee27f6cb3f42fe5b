import { PATIENT_TYPE, patientId } from "../kernel/patientId.ts";
import type { DecisionFilter } from "./types.ts";

/** A filter as decisions are searched by it: patients are named as they are on record. */
export function canonicalFilter(filter: DecisionFilter): DecisionFilter {
  const { patient, resourceId, resourceType } = filter;
  return {
    ...filter,
    ...(patient ? { patient: patientId(patient) } : null),
    ...(resourceId && resourceType === PATIENT_TYPE ? { resourceId: patientId(resourceId) } : null),
  };
}
