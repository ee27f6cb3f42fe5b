import { day } from "../../kernel/time.ts";
import { type Grant, holdsAt } from "../../policy/types.ts";
import { counterExample, covers } from "../../scopes/algebra.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { reason } from "../reason.ts";
import type { Reason } from "../types.ts";

/** The scopes that a client is granted and whose period holds, in code-unit order. */
export function grantedScopes({ snapshot, now }: DecideFacts, clientId: string): readonly string[] {
  return [...(snapshot.grants.get(clientId)?.values() ?? [])]
    .filter((grant) => holdsAt(grant, now))
    .map((grant) => grant.scope)
    .sort();
}

function outOfPeriod(clientId: string, grant: Grant, now: number): string {
  const { scope, validFrom, validUntil } = grant;
  if (validFrom !== null && now < validFrom)
    return `Client ${clientId}'s grant of ${scope} begins on ${day(validFrom)}.`;
  return `Client ${clientId}'s grant of ${scope} ended on ${validUntil === null ? "an unknown day" : day(validUntil)}; an admin can grant it anew.`;
}

/**
 * Whether the presented scope is granted to the client now: by its name, or, for a SMART scope, by one granted SMART
 * scope that covers it. Answers the reason why not, or null.
 */
export function grantProblem(
  facts: DecideFacts,
  clientId: string,
  scope: string,
  smart: SmartScope | null,
): Reason | null {
  const { snapshot, now } = facts;
  const grants = snapshot.grants.get(clientId);
  const named = grants?.get(scope);
  if (named !== undefined && holdsAt(named, now)) return null;
  let hint = "";
  if (smart !== null) {
    const held = [...(grants?.values() ?? [])]
      .filter((grant) => holdsAt(grant, now))
      .flatMap((grant) => parseSmartScope(grant.scope) ?? []);
    if (held.some((granted) => covers(granted.atoms, smart.atoms))) return null;
    const missing =
      held.length === 0
        ? null
        : counterExample(
            held.flatMap((granted) => granted.atoms),
            smart.atoms,
          );
    hint = missing === null ? "" : ` ${missing}`;
  }
  if (named !== undefined) return reason("SCOPE_NOT_GRANTED", outOfPeriod(clientId, named, now) + hint, { scope });
  return reason("SCOPE_NOT_GRANTED", `Client ${clientId} is not granted ${scope}; an admin can grant it.${hint}`, {
    scope,
  });
}
