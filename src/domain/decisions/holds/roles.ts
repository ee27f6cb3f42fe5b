import { Memo } from "../../kernel/memo.ts";
import type { PersistentMap } from "../../kernel/persistentMap.ts";
import { textProblem } from "../../kernel/text.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Holder, holderKey, holdsAt, type Role } from "../../policy/types.ts";
import type { DecideFacts } from "../facts.ts";
import type { KnownFacts } from "../mergeFacts.ts";
import type { ByHolder } from "../reason.ts";
import type { AccessRequest } from "../types.ts";

/** The roles held, inherited ones included, each with the role that it came by (null: held itself). */
export type HeldRoles = ReadonlyMap<string, string | null>;

/** Who holds the roles that count: the subject, or, where there is none, the client. */
export function holderOf(request: Pick<AccessRequest, "subject" | "clientId">): Holder {
  return request.subject === null
    ? { subjectId: null, subjectType: null, clientId: request.clientId }
    : { subjectId: request.subject.id, subjectType: request.subject.type, clientId: null };
}

/** The same, as a reason names it: by the name that the directory has for a person, if it has one. */
export function holderNamed({
  known,
  request: { clientId, subject },
}: {
  readonly known: KnownFacts | null;
  readonly request: Pick<AccessRequest, "clientId" | "subject">;
}): ByHolder {
  if (subject === null) return { clientId };
  const { id, type } = subject;
  const name = known?.entities.subject?.properties?.name;
  return { subject: typeof name === "string" && textProblem(name, 256) === null ? { id, name, type } : { id, type } };
}

/** Adds what the roles inherit, nearest first. Any depth; a role is visited once. */
function closure(roles: Snapshot["roles"], direct: readonly string[]): HeldRoles {
  const held = new Map<string, string | null>(direct.map((role) => [role, null]));
  for (const role of held.keys()) {
    for (const parent of roles.get(role)?.inherits ?? []) if (!held.has(parent)) held.set(parent, role);
  }
  return held;
}

/** How many lists of roles are remembered: as many kinds of holders as a large house has. */
const MOST_LISTS = 4_096;

/** What lists of roles come to, under one state of the roles: very many holders have the same. */
const remembered = new WeakMap<
  PersistentMap<Role>,
  { readonly one: Memo<HeldRoles>; readonly many: Memo<HeldRoles> }
>();

/** The closure of roles in code-unit order: one and the same object for one and the same list. */
function heldBy(roles: Snapshot["roles"], direct: readonly string[]): HeldRoles {
  let known = remembered.get(roles);
  if (known === undefined) {
    known = { one: new Memo(MOST_LISTS), many: new Memo(MOST_LISTS) };
    remembered.set(roles, known);
  }
  const [only] = direct;
  const [memo, key] =
    direct.length === 1 && only !== undefined ? [known.one, only] : [known.many, JSON.stringify(direct)];
  let held = memo.get(key);
  if (held === undefined) {
    held = closure(roles, direct);
    memo.set(key, held);
  }
  return held;
}

/** The roles of a holder in an organization, or, where none is named, in all organizations. */
export function rolesIn({ snapshot, now }: DecideFacts, holder: Holder, organization: string | null): HeldRoles {
  const direct: string[] = [];
  snapshot.assignments.get(holderKey(holder))?.visit((_, assignment) => {
    const here = assignment.organization === ALL_ORGANIZATIONS || assignment.organization === organization;
    if (here && holdsAt(assignment, now)) direct.push(assignment.role);
    return true;
  });
  return heldBy(snapshot.roles, direct.length > 1 ? direct.sort() : direct);
}

/** The organizations in which a holder holds a role now that he or she does not hold in all, in code-unit order. */
export function organizationsOf({ snapshot, now }: DecideFacts, holder: Holder): readonly string[] {
  const found = new Set<string>();
  for (const assignment of snapshot.assignments.get(holderKey(holder))?.values() ?? []) {
    if (assignment.organization !== ALL_ORGANIZATIONS && holdsAt(assignment, now)) found.add(assignment.organization);
  }
  return [...found].sort();
}

/** The roles that count for a request: in the resource's organization. */
export const rolesOf = (facts: DecideFacts, request: AccessRequest): HeldRoles =>
  rolesIn(facts, holderOf(request), request.resource.organization);

/** Roles of a path that is told in full. */
const LONGEST_PATH = 6;

/** What follows from held roles alone, each part made when it is first asked for. */
class Details {
  /** Held themselves, not by inheritance. */
  readonly direct: readonly string[];
  readonly #held: HeldRoles;
  readonly #paths = new Map<string, string>();

  constructor(held: HeldRoles) {
    this.#held = held;
    this.direct = [...held].filter(([, by]) => by === null).map(([role]) => role);
  }

  pathOf(role: string): string {
    let text = this.#paths.get(role);
    if (text === undefined) {
      const path: string[] = [];
      for (let at: string | null | undefined = role; at !== null && at !== undefined; at = this.#held.get(at))
        path.unshift(at);
      // A long way is told by its ends: the role that is held, and the one that the rule names.
      text = path.length > LONGEST_PATH ? [path[0], "...", role].join(" -> ") : path.join(" -> ");
      this.#paths.set(role, text);
    }
    return text;
  }
}

const details = new WeakMap<HeldRoles, Details>();

export function detailsOf(held: HeldRoles): Details {
  let found = details.get(held);
  if (found === undefined) {
    found = new Details(held);
    details.set(held, found);
  }
  return found;
}

/** The role held itself by which one is held, which may be that one. */
export function heldItself(held: HeldRoles, role: string): string {
  let at = role;
  for (let by = held.get(at); by !== null && by !== undefined; by = held.get(at)) at = by;
  return at;
}

/** How a role came to be held: `charge_nurse -> nurse`. */
export const rolePath = (held: HeldRoles, role: string): string => detailsOf(held).pathOf(role);
