import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Obligation } from "../../policy/types.ts";
import { consentObligations, filterClauses } from "../consentObligations.ts";
import { breakGlassObligation } from "../emergency.ts";
import { filterObligation } from "../filter.ts";
import type { AccessCheck } from "../scopeCheck.ts";
import type { Outcome } from "../types.ts";

/**
 * Stage 6: what the caller must do, for the scopes that the answer rests on: the filter of an allowed search or export, what
 * consents leave to the caller, and the obligations of the rules that matched, each once, in the rules' order.
 */
export function obligationsOf(outcome: Outcome, checks: readonly AccessCheck[]): readonly Obligation[] {
  const obligations: Obligation[] = [];
  if (outcome === "ALLOW") {
    const confined = checks.every(({ within }) => within.length > 0) ? checks.flatMap(({ within }) => within) : [];
    const duties = checks.flatMap((check) => check.consentDuties);
    if (confined.length > 0 || duties.length > 0) {
      const filter = filterObligation(confined, filterClauses(duties));
      if (filter !== null) obligations.push(filter);
      obligations.push(...consentObligations(duties));
    }
    const emergencies = checks.flatMap((check) => check.emergencies);
    for (const each of new Map(emergencies.map((open) => [open.id, open])).values())
      obligations.push(breakGlassObligation(each));
  }
  const seen = new Set<string>();
  for (const { rules } of checks)
    for (const rule of rules?.matched ?? [])
      for (const obligation of rule.obligations) {
        const text = canonicalJson(obligation as unknown as Json);
        if (!seen.has(text)) obligations.push(obligation);
        seen.add(text);
      }
  return obligations;
}
