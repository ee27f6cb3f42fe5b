import { reason } from "../reason.ts";
import type { Reason } from "../types.ts";
import type { ScopeStanding } from "./scopes.ts";

/** Stage 5: a scope that asks for consent is refused while no consent is on record. None can be recorded yet. */
export function checkConsent({ scope, requiresConsent }: ScopeStanding): Reason | null {
  return requiresConsent
    ? reason("CONSENT_REQUIRED", `${scope} needs the patient's consent, and none is on record.`, { scope })
    : null;
}
