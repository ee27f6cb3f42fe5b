import { printAtoms } from "../../scopes/scopeText.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { ceilingOf, heldOf, isWhollyGranted, notGranted, withMissing } from "../holds/grants.ts";
import { type Reason, reason } from "../reason.ts";

/** The scopes that a client may be given for one that it asked for, and why they are not that one itself. */
export interface WithinCeiling {
  readonly scopes: readonly string[];
  readonly problem: Reason | null;
}

/**
 * What of a requested scope the client is granted now: all of it, or, of a SMART scope, what it has in common with all
 * granted ones together, in the fewest scopes. A token that carries these is worth what one with the requested scope is.
 */
export function withinCeiling(
  facts: DecideFacts,
  clientId: string,
  scope: string,
  smart: SmartScope | null,
): WithinCeiling {
  if (isWhollyGranted(facts, clientId, scope, smart)) return { scopes: [scope], problem: null };
  if (smart === null) return { scopes: [], problem: notGranted(facts, clientId, scope) };
  const { scopes } = printAtoms(heldOf(facts, clientId, scope, smart));
  if (scopes.length === 0) return { scopes, problem: withMissing(facts, clientId, notGranted(facts, clientId, scope)) };
  const parameters = { at: null, because: "NARROWED", missing: ceilingOf(facts, clientId).missing(smart) } as const;
  return { scopes, problem: reason("SCOPE_NOT_GRANTED", { parameters, personal: { clientId }, scope }) };
}
