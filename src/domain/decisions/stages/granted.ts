import { withinCeiling } from "../granting/narrow.ts";
import { mayPresent, notGranted } from "../holds/grants.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

/**
 * Stage 3 for one scope: it is granted to the client now, a SMART scope at least in part. Of a client that is not known
 * there is nothing to say.
 */
export function checkGranted({ client, facts }: AccessQuestion, { problems, scope, smart }: AccessCheck): boolean {
  if (client !== undefined && !mayPresent(facts, client.id, scope, smart))
    problems.push(notGranted(facts, client.id, scope));
  return true;
}

/** The same of a scope for a token: it is narrowed to what the client is granted, if to anything. */
export function narrowToGranted({ facts, request }: GrantQuestion, check: GrantCheck): boolean {
  check.within = withinCeiling(facts, request.clientId, check.scope, check.smart);
  return check.within.scopes.length > 0;
}
