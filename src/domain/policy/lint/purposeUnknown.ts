import { isKnownPurpose, meantPurpose, purposeOf } from "../../scopes/purposes.ts";
import { comparedWith, type RuleLintFinding, type RuleLintInput } from "./ruleFinding.ts";

/** A purpose of which it is not known what it means: compared with it, `==` and `in` are true for nobody who declares a known one. */
export function purposeUnknown(input: RuleLintInput): RuleLintFinding | null {
  const unknown = comparedWith(input, "purposeOfUse").find((text) => !isKnownPurpose(purposeOf(text)));
  if (unknown === undefined) return null;
  const meant = meantPurpose(unknown);
  return {
    code: "PURPOSE_UNKNOWN",
    severity: "REFUSE",
    message: `Its condition compares the purpose with ${unknown}, which is no code of HL7 v3 PurposeOfUse.`,
    narrowing: `${meant === null ? "Use a code of that value set" : `Write ${meant} if that is meant`}, or system|code for a code of another system.`,
  };
}
