import { ACT_CODE_SYSTEM, CONFIDENTIALITIES, CONFIDENTIALITY_SYSTEM, type Label } from "../../scopes/securityLabels.ts";

const levels: readonly string[] = CONFIDENTIALITIES;
const NORMAL = levels.indexOf("N");

/** Whether a label marks data as more than normally confidential, or as sensitive; a house's own and one that HL7 has not do. */
export function isSensitive(label: Label): boolean {
  if (label.includes("|"))
    return label.startsWith(`${CONFIDENTIALITY_SYSTEM}|`) || label.startsWith(`${ACT_CODE_SYSTEM}|`);
  return !levels.includes(label) || levels.indexOf(label) > NORMAL;
}
