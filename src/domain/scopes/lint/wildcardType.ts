import type { LintFinding, LintInput } from "./finding.ts";

/** A type of `*`. */
export function wildcardType({ atoms }: LintInput): LintFinding | null {
  if (!atoms.some((atom) => atom.resourceType === "*")) return null;
  return {
    code: "WILDCARD_TYPE",
    severity: "REFUSE",
    message: "The resource type * takes in every type, those of a later version included.",
    narrowing: "Name the one type that the client works with, and make one scope for each further type.",
  };
}
