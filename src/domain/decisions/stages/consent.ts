import { isConsentGiven } from "../../consent/consent.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import { patientsOf } from "../patientsOf.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

const NONE: readonly never[] = [];

/** Stage 5 for one scope: the consent that it asks for is on record. */
export function checkConsent({ facts, request }: AccessQuestion, check: AccessCheck): boolean {
  const { asking, version } = check;
  if (asking.length === 0 && (version === null || !version.requiresConsent)) return true;
  const patients = patientsOf(request.resource);
  const consents = facts.gathered?.consents ?? NONE;
  // What is about several people needs the consent of each; what is about nobody in particular can't have any.
  const isGiven = (scope: ScopeVersion): boolean =>
    !scope.requiresConsent ||
    (patients.length > 0 && patients.every((patient) => isConsentGiven({ patient, scope }, consents)));
  const lacking = version !== null && !isGiven(version) ? version : asking.find((each) => !isGiven(each));
  if (lacking === undefined) return true;
  check.consent = reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope: lacking.name });
  return false;
}

/** The same of a scope for a token: what the rules can allow has its consent. */
export function checkConsentToGrant(_question: GrantQuestion, check: GrantCheck): boolean {
  const { lacking, problems } = check;
  if (lacking !== null) problems.push(reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope: lacking }));
  return problems.length === 0;
}
