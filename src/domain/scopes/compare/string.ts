import { type Compared, metIf } from "./comparison.ts";

/** Without accents, in capitals (the one case to which every letter has one form, ß included), white space as one space. */
const folded = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase().trim().replace(/\s+/gu, " ");

/**
 * Equal or beginning with it, case and accents aside. Punctuation counts, which FHIR leaves open.
 * FHIR R4, section 3.1.1.4.8, https://hl7.org/fhir/R4/search.html#string
 */
export function compareString(actual: string, wanted: string): Compared {
  return metIf(folded(actual).startsWith(folded(wanted)));
}
