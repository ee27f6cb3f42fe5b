import { Memo } from "../../kernel/memo.ts";
import type { PersistentMap } from "../../kernel/persistentMap.ts";
import { textProblem } from "../../kernel/text.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Holder, holderKey, holdsAt, type Role } from "../../policy/types.ts";
import type { DecideFacts } from "../facts.ts";
import type { KnownFacts } from "../mergeFacts.ts";
import type { ByHolder } from "../reason.ts";
import type { AccessRequest, AssertedRole, Subject } from "../types.ts";

/** The roles held, inherited ones included, each with the role that it came by (null: held itself), or `ASSERTED`. */
export type HeldRoles = ReadonlyMap<string, string | null>;

/** In the place of a role by which another came: the caller asserts it. No role has an empty name. */
const ASSERTED = "";

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

/** How many types of subjects are tried beside the one that was asked about. */
const TYPES_TRIED = 16;

/** The other types under which the same id holds a role now: in an organization (null: in all), or, undefined, anywhere. */
function otherTypes({ now, snapshot }: DecideFacts, { id, type: own }: Subject, organization?: string | null) {
  const types = [...snapshot.subjectTypes.keys()].filter((type) => type !== own).sort();
  return types.slice(0, TYPES_TRIED).filter((subjectType) => {
    const held = snapshot.assignments.get(holderKey({ subjectId: id, subjectType, clientId: null }));
    return [...(held?.values() ?? [])].some(
      (assignment) =>
        holdsAt(assignment, now) &&
        (organization === undefined ||
          assignment.organization === ALL_ORGANIZATIONS ||
          assignment.organization === organization),
    );
  });
}

/** Who holds no role, in an organization or anywhere, as a reason names it: with the types under which the id does hold some. */
export function holderOfNone(
  question: Parameters<typeof holderNamed>[0] & { readonly facts: DecideFacts },
  organization?: string | null,
): ByHolder {
  const named = holderNamed(question);
  const { subject } = question.request;
  const holdsAs = subject === null ? [] : otherTypes(question.facts, subject, organization);
  return holdsAs.length === 0 ? named : { holdsAs, ...named };
}

/** Adds what the roles inherit, nearest first. Any depth; a role is visited once. */
function closure(roles: Snapshot["roles"], direct: readonly string[], asserted: readonly string[]): HeldRoles {
  const held = new Map<string, string | null>(direct.map((role) => [role, null]));
  for (const role of asserted) if (!held.has(role)) held.set(role, ASSERTED);
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

const NONE: readonly string[] = [];

/** The closure of roles in code-unit order: one and the same object for one and the same lists. */
function heldBy(roles: Snapshot["roles"], direct: readonly string[], asserted: readonly string[]): HeldRoles {
  let known = remembered.get(roles);
  if (known === undefined) {
    known = { one: new Memo(MOST_LISTS), many: new Memo(MOST_LISTS) };
    remembered.set(roles, known);
  }
  const [only] = direct;
  const [memo, key] =
    asserted.length > 0
      ? [known.many, JSON.stringify([direct, asserted])]
      : direct.length === 1 && only !== undefined
        ? [known.one, only]
        : [known.many, JSON.stringify(direct)];
  let held = memo.get(key);
  if (held === undefined) {
    held = closure(roles, direct, asserted);
    memo.set(key, held);
  }
  return held;
}

/** Some roles with all that they inherit. */
export const inheritedBy = (roles: Snapshot["roles"], direct: readonly string[]): HeldRoles =>
  heldBy(roles, [...direct].sort(), NONE);

/** Who holds roles, and what the caller adds to them. */
type Asking = Pick<AccessRequest, "subject" | "clientId">;

/** The roles that a caller asserts in an organization, or, where none is named, in all. */
function assertedIn(roles: readonly AssertedRole[], organization: string | null): readonly string[] {
  const here = roles.filter((of) => of.organization === ALL_ORGANIZATIONS || of.organization === organization);
  return here.map(({ role }) => role).sort();
}

/** The roles of who asks in an organization, or, where none is named, in all organizations. */
export function rolesIn({ snapshot, now }: DecideFacts, asking: Asking, organization: string | null): HeldRoles {
  const direct: string[] = [];
  snapshot.assignments.get(holderKey(holderOf(asking)))?.visit((_, assignment) => {
    const here = assignment.organization === ALL_ORGANIZATIONS || assignment.organization === organization;
    if (here && holdsAt(assignment, now)) direct.push(assignment.role);
    return true;
  });
  const roles = asking.subject?.roles ?? null;
  const asserted = roles === null ? NONE : assertedIn(roles, organization);
  return heldBy(snapshot.roles, direct.length > 1 ? direct.sort() : direct, asserted);
}

/** What gives a role, but not now. */
interface NotNow {
  readonly begins?: number;
  readonly ended?: number;
  readonly role: string;
}

/** Which of some roles an assignment gives in an organization, or in all, that begins later, or else has ended; of several the nearest. */
export function rolesNotNow(
  { now, snapshot }: DecideFacts,
  asking: Asking,
  { names, organization }: { readonly names: readonly string[]; readonly organization: string | null },
): readonly NotNow[] {
  const assigned = [...(snapshot.assignments.get(holderKey(holderOf(asking)))?.values() ?? [])].filter(
    (each) => each.organization === ALL_ORGANIZATIONS || each.organization === organization,
  );
  return names.flatMap((role): readonly NotNow[] => {
    const giving = assigned.filter((each) => inheritedBy(snapshot.roles, [each.role]).has(role));
    const begins = giving.flatMap(({ validFrom }) => (validFrom !== null && validFrom > now ? [validFrom] : []));
    if (begins.length > 0) return [{ begins: Math.min(...begins), role }];
    const ended = giving.flatMap(({ validUntil }) => (validUntil !== null && validUntil <= now ? [validUntil] : []));
    return ended.length > 0 ? [{ ended: Math.max(...ended), role }] : [];
  });
}

/** The organizations in which who asks holds a role now that he or she does not hold in all, in code-unit order. */
export function organizationsOf({ snapshot, now }: DecideFacts, asking: Asking): readonly string[] {
  const found = new Set<string>();
  for (const { organization } of asking.subject?.roles ?? [])
    if (organization !== ALL_ORGANIZATIONS) found.add(organization);
  for (const assignment of snapshot.assignments.get(holderKey(holderOf(asking)))?.values() ?? []) {
    if (assignment.organization !== ALL_ORGANIZATIONS && holdsAt(assignment, now)) found.add(assignment.organization);
  }
  return [...found].sort();
}

/** The roles that count for a request: in the resource's organization. */
export const rolesOf = (facts: DecideFacts, request: AccessRequest): HeldRoles =>
  rolesIn(facts, request, request.resource.organization);

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
    this.direct = [...held].filter(([, by]) => by === null || by === ASSERTED).map(([role]) => role);
  }

  pathOf(role: string): string {
    let text = this.#paths.get(role);
    if (text === undefined) {
      const path: string[] = [];
      let at: string | null | undefined = role;
      for (; at !== null && at !== undefined && at !== ASSERTED; at = this.#held.get(at)) path.unshift(at);
      if (at === ASSERTED) path[0] = `${path[0]} (asserted by the caller)`;
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
  for (let by = held.get(at); by !== null && by !== undefined && by !== ASSERTED; by = held.get(at)) at = by;
  return at;
}

/** How a role came to be held: `charge_nurse -> nurse`, `nurse (asserted by the caller) -> staff`. */
export const rolePath = (held: HeldRoles, role: string): string => detailsOf(held).pathOf(role);
