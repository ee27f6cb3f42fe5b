/** The type of the resource that a patient is. */
export const PATIENT_TYPE = "Patient";
export const PATIENT_REFERENCE = `${PATIENT_TYPE}/`;

/** The id of a patient, who may be named as `Patient/x` too: the one place where a name is brought into another form. */
export const patientId = (value: string): string =>
  value.startsWith(PATIENT_REFERENCE) ? value.slice(PATIENT_REFERENCE.length) : value;
