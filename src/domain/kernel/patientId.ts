import { identifierProblem } from "./text.ts";

/** The type of the resource that a patient is. */
export const PATIENT_TYPE = "Patient";
const PATIENT_REFERENCE = `${PATIENT_TYPE}/`;
/** A FHIR reference to a patient, relative or absolute, perhaps to one version (R4, section 2.3.0). */
const REFERENCE = /^(?:https?:\/\/[^\s?#]+\/)?Patient\/([^\s/?#]+)(?:\/_history\/[^\s/?#]+)?$/;
const LIKE_REFERENCE = /^(?:patient\/|https?:)|\/_history(?:\/|$)/i;

/** The id of a patient, who may be named by a FHIR reference too, such as `Patient/x`: the one place where a name is brought into another form. */
export const patientId = (value: string): string =>
  value.includes("/") ? (REFERENCE.exec(value)?.[1] ?? value) : value;

/** What is wrong with the id of a patient. One that still looks like a reference would be another name for the same patient. */
export const patientProblem = (id: string): string | null =>
  LIKE_REFERENCE.test(id) ? `must be an id, or ${PATIENT_REFERENCE} and an id` : identifierProblem(id);
