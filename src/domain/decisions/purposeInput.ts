import type { Reader } from "../kernel/reader.ts";
import { identifierProblem } from "../kernel/text.ts";
import { mayBePurpose, type Purpose, purposeOf } from "../scopes/purposes.ts";

/**
 * The purpose of use that stands at `path`, in its one form; null where there is none. To break glass is BTG of HL7's v3
 * PurposeOfUse: what could be meant for it, in another system or spelling, is refused.
 */
export function readPurpose(reader: Reader, value: string | null | undefined, path: string): Purpose | null {
  const text = reader.text(value, path, "purposeOfUse", identifierProblem);
  if (text === null) return null;
  const purpose = purposeOf(text);
  return purpose !== "BTG" && mayBePurpose(purpose, "BTG")
    ? reader.problem(`${path}.purposeOfUse`, "break-glass is BTG, of HL7's v3 PurposeOfUse alone")
    : purpose;
}
