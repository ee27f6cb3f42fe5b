import type { DecideFacts } from "../decisions/facts.ts";
import type { GatherAccess, GatheredFacts } from "../decisions/gather.ts";
import type { AccessRequest } from "../decisions/types.ts";

/** Requests whose facts are read in one statement. */
const PART = 500;

/** The facts of one of several requests, beside the policy as it is or would be. */
export type WithGathered = (facts: DecideFacts, request: AccessRequest) => DecideFacts;

/** Reads what decisions about these requests would rest on now. @throws ScopewardenError POLICY_UNAVAILABLE */
export async function gatheredFor(
  gather: GatherAccess,
  facts: DecideFacts,
  requests: readonly AccessRequest[],
): Promise<WithGathered> {
  const known = new Map<object, GatheredFacts>();
  for (let at = 0; at < requests.length; at += PART)
    for (const [request, gathered] of await gather(facts, requests.slice(at, at + PART))) known.set(request, gathered);
  return (of, request) => {
    const gathered = known.get(request);
    return gathered === undefined ? of : { ...of, gathered };
  };
}
