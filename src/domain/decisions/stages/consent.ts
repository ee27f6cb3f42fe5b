import { isConsentGiven } from "../../consent/consent.ts";
import { patientsOf } from "../patientsOf.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

const NONE: readonly never[] = [];

/** Stage 5 for one scope: the consent that it asks for is on record. */
export function checkConsent({ facts, request }: AccessQuestion, check: AccessCheck): boolean {
  const { scope, version } = check;
  if (version === null || !version.requiresConsent) return true;
  const patients = patientsOf(request.resource);
  const consents = facts.gathered?.consents ?? NONE;
  // What is about several people needs the consent of each; what is about nobody in particular can't have any.
  if (patients.length > 0 && patients.every((patient) => isConsentGiven({ patient, scope: version }, consents)))
    return true;
  check.consent = reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope });
  return false;
}

/** The same of a scope for a token: what the rules can allow has its consent. */
export function checkConsentToGrant(_question: GrantQuestion, check: GrantCheck): boolean {
  const { lacksConsent, problems, scope } = check;
  if (lacksConsent) problems.push(reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope }));
  return problems.length === 0;
}
