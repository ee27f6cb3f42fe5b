import { slipOfFhirType } from "../fhir.ts";
import type { LintFinding, LintInput } from "./finding.ts";

/** A custom type one slip away from a FHIR type. With a capital it would have been refused. */
export function typeLooksLikeFhir({ atoms }: LintInput): LintFinding | null {
  for (const { resourceType } of atoms) {
    const near = slipOfFhirType(resourceType);
    if (near === null || resourceType.length < 4) continue;
    return {
      code: "TYPE_LOOKS_LIKE_FHIR",
      severity: "WARNING",
      message: `"${resourceType}" is a custom type; FHIR's is "${near}", and this scope does not reach it.`,
      narrowing: `Write ${near} if FHIR resources are meant.`,
    };
  }
  return null;
}
