import type { Compared } from "./comparison.ts";
import { compareToken } from "./token.ts";

const CONFIDENTIALITY: ReadonlySet<string> = new Set(["U", "L", "M", "N", "R", "V"]);

/**
 * A label of the resource, as a token: a bare confidentiality code is one of HL7's own system (HL7 v3 Confidentiality,
 * http://terminology.hl7.org/CodeSystem/v3-Confidentiality).
 */
export function compareLabel(actual: string, wanted: string): Compared {
  const label = CONFIDENTIALITY.has(actual)
    ? `http://terminology.hl7.org/CodeSystem/v3-Confidentiality|${actual}`
    : actual;
  return compareToken(label, wanted);
}
