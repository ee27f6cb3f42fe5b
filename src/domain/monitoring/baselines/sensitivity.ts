import { ACT_CODE_SYSTEM, CONFIDENTIALITIES, CONFIDENTIALITY_SYSTEM, codeIn } from "../../consent/hl7Codes.ts";

const NORMAL = CONFIDENTIALITIES.indexOf("N");

/** Whether a label marks data as more than normally confidential, or as sensitive (HL7 v3 Confidentiality and ActCode; bare codes are HL7's). */
export function isSensitive(label: string): boolean {
  const confidentiality = label.includes("|") ? codeIn(CONFIDENTIALITY_SYSTEM, label) : label;
  // What HL7 has not in its list of confidentialities counts as the highest.
  if (confidentiality !== null)
    return CONFIDENTIALITIES.indexOf(confidentiality) > NORMAL || !CONFIDENTIALITIES.includes(confidentiality);
  return codeIn(ACT_CODE_SYSTEM, label) !== null;
}
