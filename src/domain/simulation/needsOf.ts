import { decide } from "../decisions/decide.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import { atomRequestOf } from "../decisions/holds/coverage.ts";
import { grantedScopes, grantProblem } from "../decisions/holds/grants.ts";
import { scopesUsed } from "../decisions/scopesUsed.ts";
import type { AccessRequest, Verdict } from "../decisions/types.ts";
import { covers } from "../scopes/algebra.ts";
import type { Atom } from "../scopes/atom.ts";
import { matchAtom } from "../scopes/match.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { servesAs } from "./servesAs.ts";

/** One thing that some granted scope must go on permitting. */
export interface Need {
  /** By granted scope that would do: the atoms of it that are needed; null: of a custom scope, all. */
  readonly by: ReadonlyMap<string, readonly Atom[] | null>;
}

/** An access that is allowed under the policy as it is. */
export interface Allowed {
  readonly request: AccessRequest;
  readonly verdict: Verdict;
}

/** The atoms of a SMART scope by which it permits a request, for the type of the request alone. */
function neededAtoms({ snapshot }: DecideFacts, scope: string, request: AccessRequest): readonly Atom[] | null {
  const smart = parseSmartScope(scope);
  if (smart === null) return null;
  const query = atomRequestOf(snapshot, request);
  return smart.atoms
    .filter((atom) => matchAtom(atom, query).matches)
    .map((atom) => ({ ...atom, resourceType: request.resource.type }));
}

/** The grants by which a client may present a scope. */
function grantsOf(scope: string, request: AccessRequest, granted: readonly string[]): readonly string[] {
  const smart = request.scopes === null ? null : parseSmartScope(scope);
  if (smart === null) return granted.includes(scope) ? [scope] : [];
  return granted.filter((name) => name === scope || covers(parseSmartScope(name)?.atoms ?? [], smart.atoms));
}

/**
 * What an allowed access needs of the client's grants: one need, met by any scope that serves as well alone; or, where
 * an answer rests on several together, one need for each of them.
 */
export function needsOf(facts: DecideFacts, { request, verdict }: Allowed): readonly Need[] {
  const granted = grantedScopes(facts, request.clientId);
  const presented = [...new Set(request.scopes ?? granted)].filter(
    (scope) => grantProblem(facts, request.clientId, scope, parseSmartScope(scope)) === null,
  );
  const { type } = request.resource;
  const needOf = (scopes: readonly string[]): Need => {
    const by = new Map<string, readonly Atom[] | null>();
    for (const scope of scopes)
      for (const grant of grantsOf(scope, request, granted))
        if (!by.has(grant)) by.set(grant, neededAtoms(facts, scope, request));
    return { by };
  };
  const alone = presented.filter((scope) => servesAs(verdict, decide(facts, { ...request, scopes: [scope] }), type));
  if (alone.length > 0) return [needOf(alone)];
  return scopesUsed({ kind: "ACCESS", ...verdict }).map((scope) => needOf([scope]));
}
