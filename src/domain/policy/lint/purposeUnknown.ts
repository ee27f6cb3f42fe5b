import { barePurpose, isPurpose, meantPurpose } from "../../scopes/purposes.ts";
import { comparedWith, type RuleLintFinding, type RuleLintInput } from "./ruleFinding.ts";

/**
 * A purpose that is no code of HL7's, or one of them with its system, which requests are freed of: compared with it, `==` and
 * `in` are never true, and `!=` always is.
 */
export function purposeUnknown(input: RuleLintInput): RuleLintFinding | null {
  const isUnknown = (code: string): boolean =>
    // With another system it is somebody else's code, of which nothing is known here.
    code.includes("|") ? barePurpose(code) !== code : !isPurpose(code);
  const unknown = comparedWith(input, "purposeOfUse").find(isUnknown);
  if (unknown === undefined) return null;
  const bare = barePurpose(unknown);
  const meant = bare === unknown ? meantPurpose(unknown) : bare;
  const why =
    bare === unknown ? "which is no code of HL7 v3 PurposeOfUse" : "but requests are compared by the code alone";
  const otherwise = bare === unknown ? ", or system|code for a code of another system" : "";
  return {
    code: "PURPOSE_UNKNOWN",
    severity: "REFUSE",
    message: `Its condition compares the purpose with ${unknown}, ${why}.`,
    narrowing: `${meant === null ? "Use a code of that value set" : `Write ${meant} if that is meant`}${otherwise}.`,
  };
}
