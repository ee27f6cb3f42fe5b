import { covers } from "../../scopes/algebra.ts";
import { classifyScope } from "../../scopes/classify.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { deprecationNotice, lifecycleProblem, usableVersions } from "../holds/lifecycle.ts";
import { reason } from "../reason.ts";
import { checkClient } from "../stages/client.ts";
import { unknownScope } from "../stages/scopes.ts";
import type { GrantRequest, GrantVerdict, Reason, ScopeGrant } from "../types.ts";
import { withinCeiling } from "./narrow.ts";
import { type Place, placesOf } from "./places.ts";
import { reachOf } from "./reach.ts";

/** What a scope that the client is granted can come to: it can be of use, or why it can't. */
interface Checked {
  readonly scope: string;
  readonly ok: boolean;
  readonly reasons: readonly Reason[];
  /** What replaces it and when it ends, where it is deprecated. */
  readonly deprecated: { readonly successor: string | null; readonly sunsetAt: number | null } | null;
}

/** Launch context, OpenID Connect and refresh tokens: they reach no resource, so no rule is asked about them. */
const reachesNothing = (scope: string): boolean => ["LAUNCH", "IDENTITY", "REFRESH"].includes(classifyScope(scope));

function check(facts: DecideFacts, request: GrantRequest, places: readonly Place[], scope: string): Checked {
  const smart = parseSmartScope(scope);
  const versions = facts.snapshot.scopes.get(scope);
  const refused = (reasons: readonly Reason[]): Checked => ({ scope, ok: false, reasons, deprecated: null });
  const ended = versions === undefined ? null : lifecycleProblem(versions, facts.now);
  if (ended !== null) return refused([ended]);
  const usable = usableVersions(versions ?? [], facts.now);
  const [newest] = usable;
  const notice = newest === undefined ? null : deprecationNotice(newest);
  const deprecated =
    newest === undefined || notice === null ? null : { successor: newest.replacedBy, sunsetAt: newest.sunsetAt };
  const notices = notice === null ? [] : [notice];
  if (smart === null && reachesNothing(scope)) {
    return newest?.requiresConsent
      ? refused([reason("CONSENT_REQUIRED", `${scope} needs a consent, and none is on record.`, { scope })])
      : { scope, ok: true, reasons: notices, deprecated };
  }
  const meanings = usable.length > 0 ? usable : smart === null ? [] : [{ atoms: smart.atoms, requiresConsent: false }];
  const reach = reachOf(facts, request, places, { scope, smart, meanings });
  return reach.ok ? { scope, ok: true, reasons: [reach.reason, ...notices], deprecated } : refused(reach.reasons);
}

function grantOne(facts: DecideFacts, request: GrantRequest, places: readonly Place[], requested: string): ScopeGrant {
  const nothing = { requested, scopes: [], successor: null, sunsetAt: null };
  const smart = parseSmartScope(requested);
  if (smart === null && !facts.snapshot.scopes.has(requested))
    return { ...nothing, outcome: "UNKNOWN", reasons: [unknownScope(requested)] };
  const clientProblems = checkClient(facts, request);
  if (clientProblems.length > 0) return { ...nothing, outcome: "DENIED", reasons: clientProblems };
  const ceiling = withinCeiling(facts, request.clientId, requested, smart);
  const checked = ceiling.scopes.map((scope) => check(facts, request, places, scope));
  const granted = checked.filter(({ ok }) => ok);
  const reasons = [
    ...(ceiling.problem === null ? [] : [ceiling.problem]),
    ...checked.flatMap((scope) => scope.reasons),
  ];
  const [first] = granted;
  if (first === undefined) {
    const versions = facts.snapshot.scopes.get(requested);
    const ended = versions === undefined || ceiling.problem === null ? null : lifecycleProblem(versions, facts.now);
    return { ...nothing, outcome: "DENIED", reasons: ended === null ? reasons : [ended, ...reasons] };
  }
  const scopes = granted.map(({ scope }) => scope);
  if (ceiling.problem !== null) return { ...nothing, outcome: "NARROWED", scopes, reasons };
  return first.deprecated === null
    ? { ...nothing, outcome: "GRANTED", scopes, reasons }
    : { ...nothing, ...first.deprecated, outcome: "DEPRECATED", scopes, reasons };
}

/** The scopes that are not within those held: by name, or, for SMART scopes, within all held ones together. */
function notHeld(scopes: readonly string[], held: readonly string[]): readonly string[] {
  const names = new Set(held);
  const atoms = held.flatMap((scope) => parseSmartScope(scope)?.atoms ?? []);
  return scopes.filter((scope) => {
    const smart = parseSmartScope(scope);
    return !names.has(scope) && (smart === null || !covers(atoms, smart.atoms));
  });
}

/**
 * Decides which of the requested scopes a token may carry, against one snapshot. Pure, as `decide` is. A scope is
 * granted only within what the client is granted, and only if there can be a request that `decide` would allow with
 * it alone. The scopes held before change nothing but `newScopes`.
 */
export function decideGrant(facts: DecideFacts, request: GrantRequest): GrantVerdict {
  const places = placesOf(facts, request);
  const requested = [...new Set(request.scopes)];
  const scopes = requested.map((scope) => grantOne(facts, request, places, scope));
  const token = [...new Set(scopes.flatMap((grant) => grant.scopes))];
  const reasons = new Map(scopes.flatMap((grant) => grant.reasons).map((of) => [JSON.stringify(of), of] as const));
  const noScopes =
    requested.length > 0 ? [] : [reason("NO_SCOPES", "The request asks for no scopes: its list is empty.")];
  return {
    outcome: token.length > 0 ? "ALLOW" : "DENY",
    scope: token.length > 0 ? token.join(" ") : null,
    reasons: [...noScopes, ...reasons.values()],
    obligations: [],
    policyRevision: facts.snapshot.revision,
    details: { scopes, newScopes: notHeld(token, request.heldScopes) },
  };
}
