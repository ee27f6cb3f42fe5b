/**
 * Whether a text may be the id of a patient, a person or a record rather than a name: then nothing is asked while it is typed. Names have
 * letters alone, with what joins words; ids mostly have a digit, or a type before a slash.
 */
export const maybePatientId = (text: string): boolean => /[0-9/|~]/.test(text);
