import { isPurpose, meantPurpose } from "../../scopes/purposes.ts";
import { comparedWith, type RuleLintFinding, type RuleLintInput } from "./ruleFinding.ts";

/** A purpose that is no code of HL7's: compared with it, `==` and `in` are never true, and `!=` always is. */
export function purposeUnknown(input: RuleLintInput): RuleLintFinding | null {
  // With a system it is somebody else's code, of which nothing is known here.
  const unknown = comparedWith(input, "purposeOfUse").find((code) => !isPurpose(code) && !code.includes("|"));
  if (unknown === undefined) return null;
  const meant = meantPurpose(unknown);
  return {
    code: "PURPOSE_UNKNOWN",
    severity: "REFUSE",
    message: `Its condition compares the purpose with ${unknown}, which is no code of HL7 v3 PurposeOfUse.`,
    narrowing: `${meant === null ? "Use a code of that value set" : `Write ${meant} if that is meant`}, or system|code for a code of another system.`,
  };
}
