import { identifierProblem } from "./text.ts";

/** The type of the resource that a patient is. */
export const PATIENT_TYPE = "Patient";
const PATIENT_REFERENCE = `${PATIENT_TYPE}/`;
/** A FHIR reference to a patient, relative or absolute, perhaps to one version (R4, section 2.3.0). */
const REFERENCE = /^(?:https?:\/\/[^\s?#]+\/)?Patient\/([^\s/?#]+)(?:\/_history\/[^\s/?#]+)?$/;
/** What a reference, a search, a token or a list of them is written with, and no id: FHIR's have letters, digits, `-` and `.` (R4, section 2.24.0.1). */
const NO_ID = /[\s/\\|#?%;,^<>"{}]|^urn:|^patient[:(=]/i;
/** What nobody sees in an id: U+2800 is a blank, the others are ignored where a text is shown. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The id of a patient, who may be named by a FHIR reference too, such as `Patient/x`: the one place where a name is brought into another form. */
export const patientId = (value: string): string =>
  value.includes("/") ? (REFERENCE.exec(value)?.[1] ?? value) : value;

/** What is wrong with the id of a patient. What may be a reference in another form would be another name for the same patient. */
export function patientProblem(id: string): string | null {
  if (NO_ID.test(id)) return `must be an id, or ${PATIENT_REFERENCE} and an id`;
  return identifierProblem(id) ?? (UNSEEN.test(id) ? "must have no character that is not seen" : null);
}
