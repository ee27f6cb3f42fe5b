import type { Constraint } from "../../scopes/atom.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import { explainSmartScope, looksLikeSmart, parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { coverageOf } from "../holds/coverage.ts";
import { grantedScopes, grantProblem } from "../holds/grants.ts";
import { deprecationNotice, lifecycleProblem, usableVersions } from "../holds/lifecycle.ts";
import { reason } from "../reason.ts";
import type { AccessRequest, Reason } from "../types.ts";

/** What stage 3 found of one presented scope. No problems: it goes on to the rules. */
export interface ScopeStanding {
  readonly scope: string;
  readonly smart: SmartScope | null;
  readonly problems: readonly Reason[];
  readonly notice: Reason | null;
  readonly filters: readonly Constraint[];
  readonly requiresConsent: boolean;
}

const eachOnce = (scopes: readonly string[]): readonly string[] => (scopes.length > 1 ? [...new Set(scopes)] : scopes);

/** The scopes to look at: those of the token, each once, or all that the client is granted now. */
export function presentedScopes(
  facts: DecideFacts,
  request: AccessRequest,
): { readonly scopes: readonly string[]; readonly problems: readonly Reason[] } {
  const scopes = request.scopes === null ? grantedScopes(facts, request.clientId) : eachOnce(request.scopes);
  if (scopes.length > 0 || !facts.snapshot.clients.has(request.clientId)) return { scopes, problems: [] };
  const why =
    request.scopes === null
      ? `Client ${request.clientId} is granted no scope at this time.`
      : "The request presents no scopes: its list is empty.";
  return { scopes, problems: [reason("NO_SCOPES", why)] };
}

const standing = (scope: string, smart: SmartScope | null, problems: readonly Reason[]): ScopeStanding => ({
  scope,
  smart,
  problems,
  notice: null,
  filters: [],
  requiresConsent: false,
});

/** Why a scope is not known: no SMART scope, or not registered. */
export function unknownScope(scope: string): Reason {
  const smart = looksLikeSmart(scope) ? explainSmartScope(scope) : null;
  const why =
    smart !== null && !smart.ok
      ? `${scope} is no SMART scope: ${smart.message}.`
      : `There is no scope ${scope}; an admin can create it.`;
  return reason("UNKNOWN_SCOPE", why, { scope });
}

/** Stage 3 for one scope: registered, usable, granted, and covering. Every problem is named, not just the first. */
export function checkScope(
  facts: DecideFacts,
  request: AccessRequest,
  asked: AtomRequest,
  scope: string,
): ScopeStanding {
  const versions = facts.snapshot.scopes.get(scope);
  const smart = parseSmartScope(scope);
  if (versions === undefined && smart === null) return standing(scope, null, [unknownScope(scope)]);
  const problems: Reason[] = [];
  const retired = versions === undefined ? null : lifecycleProblem(versions, facts.now);
  if (retired !== null) problems.push(retired);
  if (facts.snapshot.clients.has(request.clientId)) {
    const ungranted = grantProblem(facts, request.clientId, scope, smart);
    if (ungranted !== null) problems.push(ungranted);
  }
  // A name stands for its usable versions, the newest first; with none, the newest still tells whether it would cover.
  const usable = usableVersions(versions ?? [], facts.now);
  const tried = versions === undefined ? [] : usable.length > 0 ? usable : versions.slice(-1);
  let first = versions === undefined && smart !== null ? coverageOf(smart.atoms, asked) : null;
  for (const version of tried) {
    const coverage = coverageOf(version.atoms, asked);
    first ??= coverage;
    if (coverage.covers) {
      const { filters } = coverage;
      return {
        scope,
        smart,
        problems,
        notice: deprecationNotice(version),
        filters,
        requiresConsent: version.requiresConsent,
      };
    }
  }
  if (first?.covers) return { ...standing(scope, smart, problems), filters: first.filters };
  const why = first === null ? "it permits nothing" : first.why;
  return standing(scope, smart, [
    ...problems,
    reason("SCOPE_DOES_NOT_COVER", `${scope} does not cover ${request.action} on ${request.resource.type}: ${why}.`, {
      scope,
    }),
  ]);
}
