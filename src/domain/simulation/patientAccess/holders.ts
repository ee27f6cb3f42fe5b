import { type HeldRoles, inheritedBy } from "../../decisions/holds/roles.ts";
import type { PersistentMap } from "../../kernel/persistentMap.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Assignment, holdsAt, type Role, subjectTypeOf } from "../../policy/types.ts";

/** How many subjects hold a role, by inheritance too. */
interface Holders {
  /** In all organizations. */
  readonly everywhere: number;
  /** In one, beside those; by organization. */
  readonly within: ReadonlyMap<string, number>;
}
export type HoldersByRole = ReadonlyMap<string, Holders>;

/** Holders that are looked at without a break. */
const PIECE = 256;

interface Counted {
  readonly roles: PersistentMap<Role>;
  /** From when until when it is so. */
  readonly from: number;
  readonly until: number;
  readonly byRole: HoldersByRole;
}

/** By the assignments of a policy: the newest count. */
const remembered = new WeakMap<PersistentMap<PersistentMap<Assignment>>, Counted>();

class Counting {
  readonly #roles: PersistentMap<Role>;
  readonly #now: number;
  readonly #byRole = new Map<string, { everywhere: number; within: Map<string, number> }>();
  from = Number.NEGATIVE_INFINITY;
  until = Number.POSITIVE_INFINITY;

  constructor({ roles }: Snapshot, now: number) {
    this.#roles = roles;
    this.#now = now;
  }

  get byRole(): HoldersByRole {
    return this.#byRole;
  }

  #of(role: string) {
    let found = this.#byRole.get(role);
    if (found === undefined) {
      found = { everywhere: 0, within: new Map() };
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

  add(assignments: PersistentMap<Assignment>): void {
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
    for (const role of held.keys()) this.#of(role).everywhere++;
    for (const [organization, direct] of within)
      for (const role of inheritedBy(this.#roles, direct).keys())
        if (!held.has(role)) {
          const counts = this.#of(role).within;
          counts.set(organization, (counts.get(organization) ?? 0) + 1);
        }
  }
}

/** How many subjects hold each role at a time. Counted once for a state of the assignments, with breaks. */
export async function holdersByRole(snapshot: Snapshot, now: number, breathe: Breathe): Promise<HoldersByRole> {
  const { assignments, roles } = snapshot;
  const known = remembered.get(assignments);
  if (known !== undefined && known.roles === roles && known.from <= now && now < known.until) return known.byRole;
  const counting = new Counting(snapshot, now);
  let looked = 0;
  for (const [holder, held] of assignments.entries()) {
    if (subjectTypeOf(holder) !== null) counting.add(held);
    if (++looked % PIECE === 0) await breathe();
  }
  const { byRole, from, until } = counting;
  remembered.set(assignments, { roles, from, until, byRole });
  return byRole;
}
