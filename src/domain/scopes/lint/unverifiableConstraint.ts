import { withoutPrefix } from "../compare/comparison.ts";
import { parameterKind } from "../fhir.ts";
import type { LintFinding, LintInput } from "./finding.ts";

/** What can be a filter of a search, and not be compared with one resource: `ap`, and composite parameters. */
export function unverifiableConstraint({ atoms }: LintInput): LintFinding | null {
  for (const atom of atoms) {
    const entry = atom.constraint.find(({ parameter, values }) => {
      const kind = parameterKind(atom.resourceType, parameter);
      const hasPrefixes = kind === "date" || kind === "number" || kind === "quantity";
      return kind === "composite" || (hasPrefixes && values.some((value) => withoutPrefix(value).prefix === "ap"));
    });
    if (entry === undefined || atom.action === "search") continue;
    return {
      code: "CONSTRAINT_UNVERIFIABLE",
      severity: "WARNING",
      message: `${entry.parameter}=${entry.values.join(",")} can be a filter of a search, and can't be verified for ${atom.action}.`,
      narrowing: "Keep only search, or constrain by something else.",
    };
  }
  return null;
}
