import { isFhirType, patientParameters } from "../fhir.ts";
import { distinct, type LintFinding, type LintInput, listed } from "./finding.ts";

/** Patient context on a type that belongs to no patient. */
export function outsideCompartment({ atoms }: LintInput): LintFinding | null {
  const lost = distinct(
    atoms
      .filter((atom) => atom.context === "PATIENT" && isFhirType(atom.resourceType))
      .map((atom) => atom.resourceType)
      .filter((type) => patientParameters(type).length === 0),
  );
  if (lost.length === 0) return null;
  return {
    code: "OUTSIDE_PATIENT_COMPARTMENT",
    severity: "WARNING",
    message: `${listed(lost)} belongs to no patient in FHIR, so patient context probably never reaches one.`,
    narrowing: "Use the user or system context for it.",
  };
}
