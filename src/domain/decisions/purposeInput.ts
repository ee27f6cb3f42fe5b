import { isBreakGlass } from "../consent/hl7Codes.ts";
import type { Reader } from "../kernel/reader.ts";
import { identifierProblem } from "../kernel/text.ts";
import { barePurpose } from "../scopes/purposes.ts";

/**
 * The purpose of use that stands at `path`, as records keep it; null where there is none. To break glass is BTG of HL7's v3
 * PurposeOfUse: a code of the same name in another system is refused, since it could be meant for it.
 */
export function readPurpose(reader: Reader, value: string | null | undefined, path: string): string | null {
  const purpose = reader.text(value, path, "purposeOfUse", identifierProblem);
  if (purpose === null) return null;
  const bare = barePurpose(purpose);
  return isBreakGlass(bare) && bare !== "BTG"
    ? reader.problem(`${path}.purposeOfUse`, "break-glass is BTG, of HL7's v3 PurposeOfUse alone")
    : bare;
}
