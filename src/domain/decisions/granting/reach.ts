import { findRules, rolesAllowed } from "../../policy/findRules.ts";
import type { Rule } from "../../policy/types.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import type { PartialFacts, PartialRuleEvaluation } from "../engine.ts";
import type { DecideFacts } from "../facts.ts";
import { rolePath } from "../holds/roles.ts";
import { scopeNames } from "../holds/scopeNames.ts";
import { UNKNOWN, Unknown } from "../partial.ts";
import { reason } from "../reason.ts";
import type { GrantRequest, Reason } from "../types.ts";
import { type Cell, cellsOf, contextProblem, type Meaning, standingIn } from "./cells.ts";
import { type Place, whereIs } from "./places.ts";

/** Whether a scope could be of use, and how, or why not. */
export type Reach =
  | { readonly ok: true; readonly reason: Reason }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

/** What is given is known. What is not given is not known: a resource server may send it later. */
function laterUnknown<T extends object>(given: T): { readonly [N in keyof T]: T[N] | Unknown } {
  const entries = Object.entries(given).map(([name, value]) => [name, value === null ? UNKNOWN : value]);
  return Object.fromEntries(entries) as { readonly [N in keyof T]: T[N] | Unknown };
}

function factsIn(facts: DecideFacts, request: GrantRequest, { place, typeForConditions }: Cell): PartialFacts {
  const client = facts.snapshot.clients.get(request.clientId);
  const patient = request.context?.patient ?? null;
  return {
    client: { id: request.clientId, name: client?.name ?? null },
    now: facts.now,
    request: {
      subject: request.subject === null ? null : laterUnknown(request.subject),
      purposeOfUse: request.purposeOfUse ?? UNKNOWN,
      context: request.context === null ? UNKNOWN : laterUnknown(request.context),
      resource: {
        type: typeForConditions,
        id: UNKNOWN,
        patient: place.patient ?? new Unknown(patient === null ? [] : [patient]),
        organization: place.organization,
        labels: UNKNOWN,
        attributes: UNKNOWN,
      },
    },
  };
}

function usable(
  scope: string,
  { place, action, resourceType, typeForConditions }: Cell,
  [rule]: readonly Rule[],
): Reason {
  const type = typeForConditions instanceof Unknown ? "any type" : resourceType;
  if (rule === undefined) return reason("ALLOWED_BY_RULE", `${scope} can be used.`, { scope });
  const role = rule.role === "*" ? null : rolePath(place.roles, rule.role);
  const by = role === null ? "for everyone" : `by role ${role} ${whereIs(place)}`;
  return reason("ALLOWED_BY_RULE", `${scope} can be used: rule ${rule.id}, ${by}, can allow ${action} on ${type}.`, {
    scope,
    role,
    ruleId: rule.id,
  });
}

/** What was found in the cells that no rule opens. */
class Refusals {
  readonly unmet = new Map<string, Rule>();
  readonly denying = new Map<string, Rule>();
  readonly may = new Set<string>();
  consent = false;

  add({ unmet, denying }: PartialRuleEvaluation): void {
    for (const rule of unmet) this.unmet.set(rule.id, rule);
    for (const rule of denying) this.denying.set(rule.id, rule);
  }
}

/** How many other roles are looked at to say which would do. */
const ROLES_SCANNED = 32;
const SHOWN = 5;

function noteRoles(facts: DecideFacts, names: ReadonlySet<string>, cell: Cell, found: Refusals): void {
  const { action, resourceType, place } = cell;
  if (found.may.size >= SHOWN) return;
  const except = { has: (role: string): boolean => place.roles.has(role) || found.may.has(role) };
  const limits = { scan: ROLES_SCANNED, max: SHOWN - found.may.size, except };
  for (const role of rolesAllowed(facts.snapshot, { scopes: names, action, resourceType }, limits)) found.may.add(role);
}

function refusal(scope: string, request: GrantRequest, places: readonly Place[], found: Refusals): readonly Reason[] {
  const reasons: Reason[] = [];
  for (const rule of found.denying.values()) {
    const why = rule.description === null ? "" : `: ${rule.description.replace(/\.$/, "")}`;
    reasons.push(
      reason("DENIED_BY_RULE", `Rule ${rule.id} denies all that ${scope} could be used for${why}.`, {
        scope,
        ruleId: rule.id,
      }),
    );
  }
  if (found.consent)
    reasons.push(reason("CONSENT_REQUIRED", `${scope} needs the patient's consent, and none is on record.`, { scope }));
  if (reasons.length > 0) return reasons;
  const who = request.subject === null ? `client ${request.clientId}` : `${request.subject.type} ${request.subject.id}`;
  const roles = new Set(
    places.flatMap((place) => [...place.roles].filter(([, by]) => by === null).map(([role]) => role)),
  );
  const unmet = [...found.unmet.values()];
  const held = roles.size === 0 ? "who holds no role" : `who holds ${[...roles].join(", ")}`;
  let message = `${scope} is of no use to ${who}, ${held}: no rule can allow anything with it`;
  if (unmet.length > 0)
    message += `; ${unmet
      .slice(0, SHOWN)
      .map((rule) => `rule ${rule.id} would if ${rule.when}`)
      .join("; ")}`;
  const may = [...found.may].sort().slice(0, SHOWN);
  if (may.length > 0) message += `; it needs the role ${may.join(" or ")}`;
  const about = { scope, role: [...roles][0] ?? null, ...(unmet[0] === undefined ? {} : { ruleId: unmet[0].id }) };
  return [reason("NO_MATCHING_RULE", `${message}.`, about)];
}

/**
 * Whether there can be a request that would be allowed with this scope alone. False only if there is none: whatever
 * the resource, the organization and all else that is not known yet.
 */
export function reachOf(
  facts: DecideFacts,
  request: GrantRequest,
  places: readonly Place[],
  asked: { readonly scope: string; readonly smart: SmartScope | null; readonly meanings: readonly Meaning[] },
): Reach {
  const { scope, smart, meanings } = asked;
  const unusable = contextProblem(meanings, request);
  if (unusable !== null)
    return {
      ok: false,
      reasons: [reason("SCOPE_DOES_NOT_COVER", `${scope} would reach nothing: ${unusable}.`, { scope })],
    };
  const names = scopeNames(facts.snapshot, scope, smart);
  const found = new Refusals();
  for (const cell of cellsOf(facts.snapshot, meanings, places, names)) {
    const standing = standingIn(cell, meanings, request);
    if (standing === "UNCOVERED") continue;
    const { action, resourceType, place } = cell;
    const rules = findRules(facts.snapshot, { scopes: names, roles: place.roles, action, resourceType });
    if (!rules.some((rule) => rule.effect === "ALLOW")) {
      noteRoles(facts, names, cell, found);
      continue;
    }
    const possibility = facts.engine.evaluatePartial({ rules, scope, action, facts: factsIn(facts, request, cell) });
    if (possibility.canAllow && standing === "OPEN")
      return { ok: true, reason: usable(scope, cell, possibility.allowing) };
    if (possibility.canAllow) found.consent = true;
    else found.add(possibility);
  }
  return { ok: false, reasons: refusal(scope, request, places, found) };
}
