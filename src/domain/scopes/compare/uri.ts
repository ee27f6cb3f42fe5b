import { type Compared, metIf } from "./comparison.ts";

/** The same, letter by letter. FHIR R4, section 3.1.1.4.14, https://hl7.org/fhir/R4/search.html#uri */
export function compareUri(actual: string, wanted: string): Compared {
  return metIf(actual === wanted);
}
