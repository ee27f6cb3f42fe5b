import { distinct, type LintFinding, type LintInput, listed } from "./finding.ts";

/** FHIR operations that return a whole record, or everybody's. */
export function wholeRecord({ atoms }: LintInput): LintFinding | null {
  const found = distinct(
    atoms.map((atom) => atom.action).filter((action) => /^\$(?:everything|export|docref|summary)$/.test(action)),
  );
  if (found.length === 0) return null;
  return {
    code: "WHOLE_RECORD_OPERATION",
    severity: "WARNING",
    message: `${listed(found)} answers with resources of many types at once, whatever type the scope names.`,
    narrowing: "Prefer read and search on the types that are needed.",
  };
}
