import { isConsentGiven } from "../../consent/consent.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

const NONE: readonly never[] = [];

/** Stage 5 for one scope: the consent that it asks for is on record. */
export function checkConsent({ facts, request }: AccessQuestion, check: AccessCheck): boolean {
  const { scope, version } = check;
  const { patient } = request.resource;
  if (version === null || isConsentGiven({ patient, scope: version }, facts.gathered?.consents ?? NONE)) return true;
  check.consent = reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope });
  return false;
}

/** The same of a scope for a token: what the rules can allow has its consent. */
export function checkConsentToGrant(_question: GrantQuestion, check: GrantCheck): boolean {
  const { lacksConsent, problems, scope } = check;
  if (lacksConsent) problems.push(reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope }));
  return problems.length === 0;
}
