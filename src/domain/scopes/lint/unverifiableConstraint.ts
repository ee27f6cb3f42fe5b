import { parameterKind } from "../fhir.ts";
import type { LintFinding, LintInput } from "./finding.ts";

/** A range, compared with one resource letter by letter, never holds. */
export function unverifiableConstraint({ atoms }: LintInput): LintFinding | null {
  for (const atom of atoms) {
    const range = atom.constraint.find(({ parameter, values }) => {
      const kind = parameterKind(atom.resourceType, parameter);
      const hasPrefix = values.some((value) => /^(?:ne|gt|lt|ge|le|sa|eb|ap)/.test(value));
      return (kind === "date" || kind === "number" || kind === "quantity") && hasPrefix;
    });
    if (range === undefined || atom.action === "search") continue;
    return {
      code: "CONSTRAINT_UNVERIFIABLE",
      severity: "WARNING",
      message: `${range.parameter}=${range.values.join(",")} is a range, which can be a filter of a search and not be verified for ${atom.action}.`,
      narrowing: "Keep only search, or constrain by a code.",
    };
  }
  return null;
}
