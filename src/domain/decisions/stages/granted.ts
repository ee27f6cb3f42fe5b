import { withinCeiling } from "../granting/narrow.ts";
import { grantProblem } from "../holds/grants.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

/** Stage 3 for one scope: it is granted to the client now. Of a client that is not known there is nothing to say. */
export function checkGranted({ client, facts }: AccessQuestion, { problems, scope, smart }: AccessCheck): boolean {
  const problem = client === undefined ? null : grantProblem(facts, client.id, scope, smart);
  if (problem !== null) problems.push(problem);
  return true;
}

/** The same of a scope for a token: it is narrowed to what the client is granted, if to anything. */
export function narrowToGranted({ facts, request }: GrantQuestion, check: GrantCheck): boolean {
  check.within = withinCeiling(facts, request.clientId, check.scope, check.smart);
  return check.within.scopes.length > 0;
}
