import type { Compared } from "./comparison.ts";

/**
 * Only what is the same text is known to be the same: its parts have types of their own, which the definitions give as
 * expressions. FHIR R4, section 3.1.1.4.16, https://hl7.org/fhir/R4/search.html#composite
 */
export function compareComposite(actual: string, wanted: string): Compared {
  return actual === wanted ? "MET" : "UNKNOWN";
}
