import { isConsentGiven } from "../../consent/consent.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

const NONE: readonly never[] = [];

/** Stage 5 for one scope: the consent that it asks for is on record. */
export function checkConsent({ facts, request }: AccessQuestion, check: AccessCheck): boolean {
  const { asking, version } = check;
  if (version === null && asking.length === 0) return true;
  const { patient } = request.resource;
  const lacking = [...(version === null ? NONE : [version]), ...asking].find(
    (scope) => !isConsentGiven({ patient, scope }, facts.gathered?.consents ?? NONE),
  );
  if (lacking === undefined) return true;
  check.consent = reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope: lacking.name });
  return false;
}

/** The same of a scope for a token: what the rules can allow has its consent, or, where it reaches nothing, it itself has. */
export function checkConsentToGrant({ facts, request }: GrantQuestion, check: GrantCheck): boolean {
  const { lacking, meanings, problems, scope, usable } = check;
  const [newest] = usable;
  if (meanings === null && newest !== undefined) {
    const patient = request.context?.patient ?? null;
    if (!isConsentGiven({ patient, scope: newest }, facts.gathered?.consents ?? NONE))
      problems.push(reason("CONSENT_REQUIRED", { parameters: { of: "ANYONE" }, scope }));
  }
  if (lacking !== null) problems.push(reason("CONSENT_REQUIRED", { parameters: { of: "PATIENT" }, scope: lacking }));
  return problems.length === 0;
}
