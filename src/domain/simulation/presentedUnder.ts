import type { DecideFacts } from "../decisions/facts.ts";
import { withinCeiling } from "../decisions/granting/narrow.ts";
import { mayPresent } from "../decisions/holds/grants.ts";
import type { AccessRequest } from "../decisions/types.ts";
import { parseSmartScope } from "../scopes/smart.ts";

/**
 * A request as it would come with a token issued under other grants. A SMART scope that the client is granted now and
 * would not be as a whole is narrowed as it is when a token is issued; all else stays as it was presented.
 */
export function presentedUnder(now: DecideFacts, other: DecideFacts, request: AccessRequest): AccessRequest {
  if (request.scopes === null) return request;
  const scopes = request.scopes.flatMap((scope) => {
    const smart = parseSmartScope(scope);
    if (smart === null || !mayPresent(now, request.clientId, scope, smart)) return [scope];
    const held = withinCeiling(other, request.clientId, scope, smart).scopes;
    return held.length === 0 ? [scope] : held;
  });
  return { ...request, scopes: [...new Set(scopes)] };
}
