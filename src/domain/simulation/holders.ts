import { isProgram } from "../callers/samePerson.ts";
import { type HeldRoles, inheritedBy } from "../decisions/holds/roles.ts";
import type { PersistentMap } from "../kernel/persistentMap.ts";
import type { Breathe } from "../kernel/ports.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Assignment, holdsAt, type Role, subjectTypeOf } from "../policy/types.ts";

/** How many subjects hold a role, by inheritance too. */
interface Holders {
  /** People, wherever they hold it, each once. */
  readonly people: number;
  /** In all organizations. */
  readonly everywhere: number;
  /** In one, beside those; by organization. */
  readonly within: ReadonlyMap<string, number>;
}
export type HoldersByRole = ReadonlyMap<string, Holders>;

/** Roles that some subject holds together, none of which inherits another, in code-unit order. */
type RolesTogether = readonly string[];

/** Combinations of roles that are remembered. */
const MOST_TOGETHER = 500;

/** By organization, `*` for what is held in all: the combinations that somebody has there. */
interface HeldTogether {
  readonly within: ReadonlyMap<string, ReadonlyMap<string, RolesTogether>>;
  /** There are more. */
  readonly isCut: boolean;
}

/** Holders that are looked at without a break. */
const PIECE = 256;

interface Counted {
  readonly roles: PersistentMap<Role>;
  /** From when until when it is so. */
  readonly from: number;
  readonly until: number;
  readonly people: number;
  readonly byRole: HoldersByRole;
  readonly together: HeldTogether;
}

/** By the assignments of a policy: the newest count. */
const remembered = new WeakMap<PersistentMap<PersistentMap<Assignment>>, Counted>();

class Counting {
  readonly #roles: PersistentMap<Role>;
  readonly #now: number;
  readonly #byRole = new Map<string, { everywhere: number; people: number; within: Map<string, number> }>();
  readonly #together = new Map<string, Map<string, RolesTogether>>();
  #combinations = 0;
  #isCut = false;
  /** Who holds any role. */
  people = 0;
  from = Number.NEGATIVE_INFINITY;
  until = Number.POSITIVE_INFINITY;

  constructor({ roles }: Snapshot, now: number) {
    this.#roles = roles;
    this.#now = now;
  }

  get byRole(): HoldersByRole {
    return this.#byRole;
  }

  get together(): HeldTogether {
    return { within: this.#together, isCut: this.#isCut };
  }

  /** Notes roles that one subject holds in one place, inherited ones aside. */
  #note(organization: string, direct: readonly string[]): void {
    if (direct.length < 2) return;
    const inherits = (other: string, role: string): boolean =>
      other !== role && inheritedBy(this.#roles, [other]).has(role);
    const roles = [...new Set(direct)].filter((role) => !direct.some((other) => inherits(other, role))).sort();
    if (roles.length < 2) return;
    const found = this.#together.get(organization) ?? new Map<string, RolesTogether>();
    const key = roles.join(" ");
    if (found.has(key)) return;
    if (this.#combinations === MOST_TOGETHER) {
      this.#isCut = true;
      return;
    }
    this.#combinations++;
    this.#together.set(organization, found.set(key, roles));
  }

  #of(role: string) {
    let found = this.#byRole.get(role);
    if (found === undefined) {
      found = { everywhere: 0, people: 0, within: new Map() };
      this.#byRole.set(role, found);
    }
    return found;
  }

  #bound({ validFrom, validUntil }: Assignment): void {
    for (const at of [validFrom, validUntil]) {
      if (at === null) continue;
      if (at <= this.#now) this.from = Math.max(this.from, at);
      else this.until = Math.min(this.until, at);
    }
  }

  add(assignments: PersistentMap<Assignment>, isPerson: boolean): void {
    const everywhere: string[] = [];
    const within = new Map<string, string[]>();
    for (const assignment of assignments.values()) {
      this.#bound(assignment);
      if (!holdsAt(assignment, this.#now)) continue;
      const { organization, role } = assignment;
      if (organization === ALL_ORGANIZATIONS) everywhere.push(role);
      else within.set(organization, [...(within.get(organization) ?? []), role]);
    }
    const held: HeldRoles = inheritedBy(this.#roles, everywhere);
    if (isPerson) {
      const direct = [...new Set([...everywhere, ...[...within.values()].flat()])];
      if (direct.length > 0) this.people++;
      for (const role of inheritedBy(this.#roles, direct).keys()) this.#of(role).people++;
    }
    for (const role of held.keys()) this.#of(role).everywhere++;
    this.#note(ALL_ORGANIZATIONS, everywhere);
    for (const [organization, direct] of within) {
      this.#note(organization, [...everywhere, ...direct]);
      for (const role of inheritedBy(this.#roles, direct).keys())
        if (!held.has(role)) {
          const counts = this.#of(role).within;
          counts.set(organization, (counts.get(organization) ?? 0) + 1);
        }
    }
  }
}

async function counted(snapshot: Snapshot, now: number, breathe: Breathe): Promise<Counted> {
  const { assignments, roles } = snapshot;
  const known = remembered.get(assignments);
  if (known !== undefined && known.roles === roles && known.from <= now && now < known.until) return known;
  const counting = new Counting(snapshot, now);
  let looked = 0;
  for (const [holder, held] of assignments.entries()) {
    const type = subjectTypeOf(holder);
    if (type !== null) counting.add(held, !isProgram(type));
    if (++looked % PIECE === 0) await breathe();
  }
  const { byRole, from, people, together, until } = counting;
  const found = { roles, from, until, people, byRole, together };
  remembered.set(assignments, found);
  return found;
}

/** How many subjects hold each role at a time. Counted once for a state of the assignments, with breaks. */
export const holdersByRole = async (snapshot: Snapshot, now: number, breathe: Breathe): Promise<HoldersByRole> =>
  (await counted(snapshot, now, breathe)).byRole;

/** How many people hold a role that a rule names at a time; `*` is held by all who hold any. */
export async function peopleHolding(
  snapshot: Snapshot,
  now: number,
  breathe: Breathe,
): Promise<(role: string) => number> {
  const { byRole, people } = await counted(snapshot, now, breathe);
  return (role) => (role === "*" ? people : (byRole.get(role)?.people ?? 0));
}

/** The roles that some subject holds together in an organization; null: in any. */
export async function heldTogether(
  snapshot: Snapshot,
  {
    breathe,
    now,
    organization,
  }: { readonly breathe: Breathe; readonly now: number; readonly organization: string | null },
): Promise<{ readonly combinations: readonly RolesTogether[]; readonly isCut: boolean }> {
  const { isCut, within } = (await counted(snapshot, now, breathe)).together;
  const places = organization === null ? [...within.keys()] : [ALL_ORGANIZATIONS, organization];
  const found = new Map(places.flatMap((place) => [...(within.get(place) ?? [])]));
  return { combinations: [...found.values()], isCut };
}
