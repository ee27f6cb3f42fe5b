import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, inheritedBy, rolesIn } from "../../decisions/holds/roles.ts";
import { allSmartScopesNamed, groupsTouching } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Effect, type Grant } from "../../policy/types.ts";
import { meetAtoms } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { Access, AccessRegion } from "./accessDifference.ts";
import { rulesOn, thatHave } from "./regionRules.ts";

/** Groups of rules that are looked at for one region; where there are more, what was not looked at is taken to be there. */
const MOST_LOOKED_AT = 1_000;

interface Part {
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
  /** Null: any. */
  readonly roles: HeldRoles | null;
}

/** The names of scopes by which rules may mean part of what a scope permits; null: any. */
function namesTouching(snapshot: Snapshot, scope: string): readonly string[] | null {
  if (scope === "*") return null;
  const smart = parseSmartScope(scope);
  if (smart === null) return [scope];
  const overlaps = (name: string): boolean =>
    parseSmartScope(name)?.atoms.some((other) => smart.atoms.some((atom) => meetAtoms(other, atom) !== null)) ?? false;
  return [...allSmartScopesNamed(snapshot)].filter(overlaps);
}

/** Names of actions that do the same, among others: a search over all types, an export. */
const ALSO: ReadonlyMap<string, readonly string[]> = new Map([
  ["read", [EXPORT]],
  ["search", ["search-system", "history-system", EXPORT]],
]);

/** Whether rules of an effect touch a part; true where that was not looked at. */
function isTouched(snapshot: Snapshot, effect: Effect, { action, roles, scope, resourceType }: Part): boolean {
  const scopes = namesTouching(snapshot, scope);
  let left = MOST_LOOKED_AT;
  for (const each of [action, ...(ALSO.get(action) ?? [])])
    for (const group of groupsTouching(snapshot, { action: each, resourceType, roles, scopes }))
      if (group?.effect === effect || left-- === 0) return true;
  return false;
}

/** Whether some rule allows some of it; true where that can't be told. */
export const mayBeAllowed = (snapshot: Snapshot, part: Part): boolean => isTouched(snapshot, "ALLOW", part);

const isOver = ({ validUntil }: Pick<Grant, "validUntil">, now: number): boolean =>
  validUntil !== null && validUntil <= now;

/** Whether a client is granted some of what a scope permits, now or later. */
function isGranted({ now, snapshot }: DecideFacts, clientId: string, scope: string): boolean {
  const grants = [...(snapshot.grants.get(clientId)?.values() ?? [])].filter((grant) => !isOver(grant, now));
  if (scope === "*") return grants.length > 0;
  const atoms = parseSmartScope(scope)?.atoms;
  if (atoms === undefined) return grants.some((grant) => grant.scope === scope);
  return grants.some((grant) =>
    parseSmartScope(grant.scope)?.atoms.some((other) => atoms.some((atom) => meetAtoms(atom, other) !== null)),
  );
}

const isFor = (atom: Atom, { action, resourceType }: Pick<AccessRegion, "action" | "resourceType">): boolean =>
  (action === "*" || atom.action === action || (ALSO.get(atom.action) ?? []).includes(action)) &&
  (action === EXPORT || resourceType === "*" || atom.resourceType === "*" || atom.resourceType === resourceType);

/** Whether a custom scope may permit some of a region, now or later. */
function isInForce({ now, snapshot }: DecideFacts, region: AccessRegion): boolean {
  const { scope } = region;
  if (scope === "*" || parseSmartScope(scope) !== null) return true;
  return (snapshot.scopes.get(scope) ?? []).some(
    ({ atoms, state, sunsetAt }) =>
      (state === "ACTIVE" || (state === "DEPRECATED" && sunsetAt !== null && now < sunsetAt)) &&
      atoms.some((atom) => isFor(atom, region)),
  );
}

/** The roles of whom a region is about; null: any. */
function rolesOf(facts: DecideFacts, region: AccessRegion): HeldRoles | null {
  const { clientId, organization, role, subjectId, subjectType } = region;
  if (subjectId !== null && subjectType !== null) {
    const subject = { id: subjectId, type: subjectType, organization: null, roles: null, attributes: null };
    const where = organization === ALL_ORGANIZATIONS ? null : organization;
    return rolesIn(facts, { clientId: clientId ?? "", subject }, where);
  }
  return role === null ? null : inheritedBy(facts.snapshot.roles, role === "*" ? [] : [role]);
}

/**
 * How the requests of a region are answered, as far as it can be told at a glance: DENY and ALLOW surely all of them, now and
 * later. Those of any client are taken to be of one that is granted the scope; `others`: whoever it is may hold other roles.
 */
export function accessTo(facts: DecideFacts, region: AccessRegion, others = false): Access {
  const { snapshot } = facts;
  const { action, clientId, resourceType, scope } = region;
  const client = clientId === null ? null : snapshot.clients.get(clientId);
  if (client === undefined || client?.status === "SUSPENDED") return "DENY";
  if (clientId !== null && !isGranted(facts, clientId, scope)) return "DENY";
  if (!isInForce(facts, region)) return "DENY";
  const roles = others ? null : rolesOf(facts, region);
  // What a deny rule on a SMART scope is about may be done with any scope.
  const isAny = clientId === null && parseSmartScope(scope) !== null;
  const part = { action, resourceType, roles, scope: isAny ? "*" : scope };
  if (!mayBeAllowed(snapshot, part)) return "DENY";
  if (clientId !== null || roles === null || region.organization !== null) return "CONDITIONAL";
  const sure = thatHave("ALLOW", rulesOn(snapshot, { action, resourceType, scope }, roles)).some(
    ({ when }) => when === null,
  );
  return sure && !isTouched(snapshot, "DENY", part) ? "ALLOW" : "CONDITIONAL";
}
