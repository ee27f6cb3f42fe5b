import type { DecideFacts } from "./facts.ts";
import { withMissing } from "./holds/grants.ts";
import { meantScopes } from "./meantScopes.ts";
import type { Reason } from "./reason.ts";

/**
 * Adds to the reasons that an access keeps what costs too much to look for of all: what a name was probably to be, and what
 * of a scope no grant has.
 */
export function finishReasons(facts: DecideFacts, clientId: string): (each: Reason) => Reason {
  const meant = meantScopes(facts, clientId);
  return (each) => (each.code === "SCOPE_NOT_GRANTED" ? withMissing(facts, clientId, each) : meant(each));
}
