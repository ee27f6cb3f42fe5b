import type { ScopeVersion } from "../policy/types.ts";

/** A patient's consent that is in force, as far as decisions look at it. */
export interface Consent {
  readonly id: string;
  readonly version: number;
  readonly patient: string;
  /** What the patient agreed to; null: every scope. */
  readonly scopes: readonly string[] | null;
}

/** A use of a scope that may ask for a consent. */
export interface ConsentQuestion {
  readonly scope: Pick<ScopeVersion, "name" | "requiresConsent">;
  /** Whose data it is about; null: nobody's in particular, and then nobody can have agreed to it. */
  readonly patient: string | null;
}

/** Whether the consent that a use of a scope asks for is there, or none is asked for. */
export function isConsentGiven({ scope, patient }: ConsentQuestion, consents: readonly Consent[]): boolean {
  if (!scope.requiresConsent) return true;
  return consents.some(
    (consent) => consent.patient === patient && (consent.scopes === null || consent.scopes.includes(scope.name)),
  );
}
