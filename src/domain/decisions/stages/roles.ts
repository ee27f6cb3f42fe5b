import type { Snapshot } from "../../policy/snapshot.ts";
import { holderKey, holdsAt } from "../../policy/types.ts";
import type { DecideFacts } from "../facts.ts";
import type { AccessRequest } from "../types.ts";

/** The roles held, inherited ones included, each with the role that it came by (null: held itself). */
export type HeldRoles = ReadonlyMap<string, string | null>;

/** Who holds the roles that count: the subject, or, where there is none, the client. */
export function holderOf(request: AccessRequest): {
  readonly subjectId: string | null;
  readonly clientId: string | null;
} {
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

/** The roles of the holder in the resource's organization, or, where it names none, in all organizations. */
export function rolesOf({ snapshot, now }: DecideFacts, request: AccessRequest): HeldRoles {
  const organization = request.resource.organization;
  const direct: string[] = [];
  for (const assignment of snapshot.assignments.get(holderKey(holderOf(request)))?.values() ?? []) {
    const here = assignment.organization === null || assignment.organization === organization;
    if (here && holdsAt(assignment, now)) direct.push(assignment.role);
  }
  return closure(snapshot, direct.sort());
}

/** How a role came to be held: `charge_nurse -> nurse`. */
export function rolePath(held: HeldRoles, role: string): string {
  const path: string[] = [];
  for (let at: string | null | undefined = role; at !== null && at !== undefined; at = held.get(at)) path.unshift(at);
  return path.join(" -> ");
}
