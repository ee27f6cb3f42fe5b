import { type Grant, holdsAt } from "../../policy/types.ts";
import { counterExample, covers } from "../../scopes/algebra.ts";
import type { CounterExample } from "../../scopes/counterExample.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { type Reason, reason } from "../reason.ts";

/** The scopes that a client is granted and whose period holds, in code-unit order. */
export function grantedScopes({ snapshot, now }: DecideFacts, clientId: string): readonly string[] {
  return [...(snapshot.grants.get(clientId)?.values() ?? [])]
    .filter((grant) => holdsAt(grant, now))
    .map((grant) => grant.scope)
    .sort();
}

/** Why there is no grant that holds now: there is none at all, or one that is out of its period. */
function whyNoGrant(grant: Grant | undefined, now: number) {
  if (grant === undefined) return { at: null, because: "NOT_GRANTED" } as const;
  const { validFrom, validUntil } = grant;
  return validFrom !== null && now < validFrom
    ? ({ at: validFrom, because: "BEGINS" } as const)
    : ({ at: validUntil, because: "ENDED" } as const);
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
  let missing: CounterExample | null = null;
  if (smart !== null) {
    const held = [...(grants?.values() ?? [])]
      .filter((grant) => holdsAt(grant, now))
      .flatMap((grant) => parseSmartScope(grant.scope) ?? []);
    if (held.some((granted) => covers(granted.atoms, smart.atoms))) return null;
    missing =
      held.length === 0
        ? null
        : counterExample(
            held.flatMap((granted) => granted.atoms),
            smart.atoms,
          );
  }
  const parameters = { ...whyNoGrant(named, now), missing };
  return reason("SCOPE_NOT_GRANTED", { parameters, personal: { clientId }, scope });
}
