import type { LintFinding, LintInput } from "./finding.ts";

/** It asks for a consent that nothing can give, so that it would deny whatever it is presented for. */
export function consentUnavailable({ lacksConsent }: LintInput): LintFinding | null {
  if (!lacksConsent) return null;
  return {
    code: "CONSENT_UNAVAILABLE",
    severity: "WARNING",
    message: "It asks for the patient's consent, which nothing here can record, so it can't be activated.",
    narrowing: "Keep it as a draft until consents can be recorded, or don't ask for consent.",
  };
}
