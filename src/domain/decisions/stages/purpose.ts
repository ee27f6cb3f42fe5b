import { settingsOf } from "../../policy/organizations.ts";
import type { AccessQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";

/** Stage 2, of the purpose: it is declared where the organization of the resource asks for one. */
export function checkPurpose({ facts, request }: AccessQuestion): Reason | null {
  if (request.purposeOfUse !== null) return null;
  const { organization } = request.resource;
  return settingsOf(facts.snapshot, organization).purposeRequired
    ? reason("PURPOSE_REQUIRED", { parameters: { organization } })
    : null;
}
