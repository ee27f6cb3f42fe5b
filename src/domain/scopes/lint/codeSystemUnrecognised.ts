import { judgeCodeSystem } from "../codeSystems.ts";
import { tokensOf } from "./codeTokens.ts";
import type { LintFinding, LintInput } from "./finding.ts";

/** A code system in the namespace of HL7 that FHIR R4 does not know. */
export function codeSystemUnrecognised({ atoms }: LintInput): LintFinding | null {
  for (const { parameter, system } of tokensOf(atoms)) {
    if (judgeCodeSystem(system).kind !== "UNRECOGNISED") continue;
    return {
      code: "CODE_SYSTEM_UNRECOGNISED",
      severity: "WARNING",
      message: `${parameter}: "${system}" is not among the code systems published with FHIR R4.`,
      narrowing: "Check it against the resources of the server; a wrong system never matches.",
    };
  }
  return null;
}
