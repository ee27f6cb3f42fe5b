import { identifierProblem } from "./text.ts";

/** The type of the resource that a patient is. */
export const PATIENT_TYPE = "Patient";
const PATIENT_REFERENCE = `${PATIENT_TYPE}/`;

/** The id of a patient, who may be named as `Patient/x` too: the one place where a name is brought into another form. */
export const patientId = (value: string): string =>
  value.startsWith(PATIENT_REFERENCE) ? value.slice(PATIENT_REFERENCE.length) : value;

/** What is wrong with the id of a patient. One that still looks like a reference would be another name for the same patient. */
export const patientProblem = (id: string): string | null =>
  id.startsWith(PATIENT_REFERENCE) ? `must be an id, or ${PATIENT_REFERENCE} and an id` : identifierProblem(id);
