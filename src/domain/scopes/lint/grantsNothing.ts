import type { LintFinding, LintInput } from "./finding.ts";

/** No atoms: the scope can be granted and never helps. */
export function grantsNothing({ atoms }: LintInput): LintFinding | null {
  if (atoms.length > 0) return null;
  return {
    code: "GRANTS_NOTHING",
    severity: "WARNING",
    message: "It has no atoms, so it permits nothing.",
    narrowing: "Declare one action on one data type.",
  };
}
