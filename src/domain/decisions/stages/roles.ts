import type { Snapshot } from "../../policy/snapshot.ts";
import { holderKey, holdsAt } from "../../policy/types.ts";
import type { DecideFacts } from "../facts.ts";
import type { AccessRequest } from "../types.ts";

/** The roles held, inherited ones included, each with the role that it came by (null: held itself). */
export type HeldRoles = ReadonlyMap<string, string | null>;

export interface Holder {
  readonly subjectId: string | null;
  readonly clientId: string | null;
}

/** Who holds the roles that count: the subject, or, where there is none, the client. */
export function holderOf(request: Pick<AccessRequest, "subject" | "clientId">): Holder {
  return request.subject === null
    ? { subjectId: null, clientId: request.clientId }
    : { subjectId: request.subject.id, clientId: null };
}

/** Adds what the roles inherit, nearest first. Any depth; a role is visited once. */
function closure(snapshot: Snapshot, direct: readonly string[]): HeldRoles {
  const held = new Map<string, string | null>(direct.map((role) => [role, null]));
  for (const role of held.keys()) {
    for (const parent of snapshot.roles.get(role)?.inherits ?? []) if (!held.has(parent)) held.set(parent, role);
  }
  return held;
}

/** The roles of a holder in an organization, or, where none is named, in all organizations. */
export function rolesIn({ snapshot, now }: DecideFacts, holder: Holder, organization: string | null): HeldRoles {
  const direct: string[] = [];
  for (const assignment of snapshot.assignments.get(holderKey(holder))?.values() ?? []) {
    const here = assignment.organization === null || assignment.organization === organization;
    if (here && holdsAt(assignment, now)) direct.push(assignment.role);
  }
  return closure(snapshot, direct.sort());
}

/** The organizations in which a holder holds a role now that he or she does not hold in all, in code-unit order. */
export function organizationsOf({ snapshot, now }: DecideFacts, holder: Holder): readonly string[] {
  const found = new Set<string>();
  for (const assignment of snapshot.assignments.get(holderKey(holder))?.values() ?? []) {
    if (assignment.organization !== null && holdsAt(assignment, now)) found.add(assignment.organization);
  }
  return [...found].sort();
}

/** The roles that count for a request: in the resource's organization. */
export const rolesOf = (facts: DecideFacts, request: AccessRequest): HeldRoles =>
  rolesIn(facts, holderOf(request), request.resource.organization);

/** How a role came to be held: `charge_nurse -> nurse`. */
export function rolePath(held: HeldRoles, role: string): string {
  const path: string[] = [];
  for (let at: string | null | undefined = role; at !== null && at !== undefined; at = held.get(at)) path.unshift(at);
  return path.join(" -> ");
}
