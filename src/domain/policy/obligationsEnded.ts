import type { InParts } from "../kernel/inParts.ts";
import { meetAtoms } from "../scopes/algebra.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { allSmartScopesNamed, groupsTouching, rulesOfRole } from "./findRules.ts";
import { rulesOf } from "./ruleGroup.ts";
import { asksLess, holdsMore, reachesMore } from "./ruleTerms.ts";
import { rowAt, type Snapshot } from "./snapshot.ts";
import {
  ALL_ORGANIZATIONS,
  type Assignment,
  holderKey,
  type RowChange,
  type Rule,
  rowKey,
  type Validity,
} from "./types.ts";

/** A role in one organization, or in all. */
export type PlacedRole = Pick<Assignment, "role" | "organization">;

/** A policy and what a change makes of it, with the roles that some key may assert of whomever it asks about. */
interface Sides {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly assertable: readonly PlacedRole[];
  readonly isOver: IsOver;
}

/** Whether a period has ended by the time of a change, so that nothing is held any more. */
export type IsOver = (period: Validity) => boolean;

/** Rules, or assignments, that are looked at without a break. */
const AT_ONCE = 500;

const beginOf = ({ validFrom }: Validity): number => validFrom ?? -Infinity;
const endOf = ({ validUntil }: Validity): number => validUntil ?? Infinity;
const atOneTime = (a: Validity, b: Validity): boolean => beginOf(a) < endOf(b) && beginOf(b) < endOf(a);
const asLong = (a: Validity, b: Validity): boolean => beginOf(a) <= beginOf(b) && endOf(a) >= endOf(b);
const inOnePlace = (a: string, b: string): boolean => a === b || a === ALL_ORGANIZATIONS || b === ALL_ORGANIZATIONS;
const inEach = (a: string, b: string): boolean => a === b || a === ALL_ORGANIZATIONS;

/** Roles with all that they inherit. */
function inherited({ roles }: Snapshot, names: Iterable<string>): Set<string> {
  const found = new Set(names);
  for (const name of found) for (const parent of roles.get(name)?.inherits ?? []) found.add(parent);
  return found;
}

/** The assignments of a role and of all that inherit it. */
function* assignmentsWith(snapshot: Snapshot, role: string): Generator<Assignment> {
  const roles = new Set([role]);
  for (const name of roles) {
    for (const heir of snapshot.heirsByRole.get(name)?.keys() ?? []) roles.add(heir);
    for (const key of snapshot.assignmentsByRole.get(name)?.keys() ?? [])
      yield rowAt(snapshot, "assignment", key) as Assignment;
  }
}

/** What those keep who lose something. */
interface Keeping {
  /** The roles that some of them have no more in any way. Null: they lose rules, and no role. */
  readonly lost: ReadonlySet<string> | null;
  readonly kept: ReadonlySet<string>;
}
/** The roles that end for some holders; null: rules alone do. */
type EndedRoles = ReadonlySet<string> | null;

/** What the holders of assignments keep where, and while, they held these. Null: nobody loses anything. */
function* keptBeside(
  ended: Iterable<Assignment>,
  { roles, isRowGone }: { readonly roles: EndedRoles; readonly isRowGone: boolean },
  { after, assertable, isOver }: Sides,
): InParts<Keeping | null> {
  const lost = new Set<string>();
  const kept = new Set<string>();
  let looked = 0;
  let anybody = false;
  for (const was of ended) {
    if (++looked % AT_ONCE === 0) yield;
    if (isOver(was)) continue;
    let gone: readonly string[] = [];
    const held = [...(after.assignments.get(holderKey(was))?.values() ?? [])].filter(
      (row) => !(isRowGone && rowKey.assignment(row) === rowKey.assignment(was)),
    );
    if (roles !== null) {
      const still = held.filter((row) => inEach(row.organization, was.organization) && asLong(row, was));
      const had = inherited(
        after,
        still.map(({ role }) => role),
      );
      gone = [...roles].filter((role) => !had.has(role));
      if (gone.length === 0) continue;
      for (const role of gone) lost.add(role);
    }
    anybody = true;
    for (const row of held) {
      if (!inOnePlace(row.organization, was.organization) || !atOneTime(row, was)) continue;
      // What comes with all that is gone asks for the same.
      const comes = inherited(after, [row.role]);
      if (roles === null || !gone.every((role) => comes.has(role))) kept.add(row.role);
    }
    // Nobody asserts roles of a client that acts as itself.
    if (was.clientId === null)
      for (const { organization, role } of assertable) if (inOnePlace(organization, was.organization)) kept.add(role);
  }
  return anybody ? { lost: roles === null ? null : lost, kept } : null;
}

/** The same of everybody, where the roles can be had by asserting one. */
function keptByAnybody(roles: EndedRoles, { after, assertable }: Sides): Keeping {
  return { lost: roles, kept: new Set([...after.assignmentsByRole.keys(), ...assertable.map(({ role }) => role)]) };
}

const mayBeAsserted = (role: string, { assertable, before }: Sides): boolean =>
  assertable.some((listed) => inherited(before, [listed.role]).has(role));

/** The scopes of rules that can mean an access which a scope means; null: all. */
function scopesBeside(snapshot: Snapshot, scope: string): readonly string[] | null {
  if (scope === "*") return null;
  const smart = parseSmartScope(scope);
  if (smart === null) return [scope];
  const meets = (name: string): boolean =>
    parseSmartScope(name)?.atoms.some((a) => smart.atoms.some((b) => meetAtoms(a, b) !== null)) ?? false;
  return [...new Set(allSmartScopesNamed(snapshot))].filter(meets);
}

/** A search over all types is meant by rules under any of these. */
const SPANNING: ReadonlySet<string> = new Set(["search", "search-system", "history-system"]);

const byId = (a: Rule, b: Rule): number => (a.id < b.id ? -1 : 1);

/**
 * A rule that allows holders of the roles some of what another does, and asks for less; null: none. Of several the first by id: what is said of
 * a change must not rest on the order in which the policy was made.
 */
function* ruleAskingLess(rule: Rule, roles: ReadonlySet<string>, after: Snapshot): InParts<Rule | null> {
  const action = SPANNING.has(rule.action) ? "*" : rule.action;
  const part = { scopes: scopesBeside(after, rule.scope), roles, action, resourceType: rule.resourceType };
  let looked = 0;
  let first: Rule | null = null;
  for (const group of groupsTouching(after, part)) {
    if (++looked % AT_ONCE === 0) yield;
    if (group === null || group.effect !== "ALLOW") continue;
    const found = rulesOf(group).find((other) => asksLess(rule, other));
    if (found !== undefined && (first === null || byId(found, first) < 0)) first = found;
  }
  return first;
}

const asks = ({ effect, obligations }: Rule): boolean => effect === "ALLOW" && obligations.length > 0;

const rolesOf = (rules: readonly Rule[]): ReadonlySet<string> => new Set(rules.map(({ role }) => role));

/** Whether a rule no longer holds for all that it allowed. */
const isNarrowed = (before: Rule, after: Rule | null): boolean =>
  after === null || reachesMore(after, before) || holdsMore(after, before);

/** What a change of a row takes away: allow rules that ask for something, from those who held a role. */
interface Ended {
  readonly rules: readonly Rule[];
  readonly keeping: Keeping | null;
}

class Looking {
  readonly #sides: Sides;
  readonly #asking = new Map<string, readonly Rule[]>();
  /** Of rules that go. */
  readonly #holders = new Map<string, Keeping | null>();

  constructor(sides: Sides) {
    this.#sides = sides;
  }

  /** The allow rules of roles that ask for something. */
  #askedOf(roles: Iterable<string>): readonly Rule[] {
    return [...roles].flatMap((role) => {
      const known = this.#asking.get(role) ?? [...rulesOfRole(this.#sides.before, role)].filter(asks);
      this.#asking.set(role, known);
      return known;
    });
  }

  /** What all keep who held a role. */
  *#keptByHolders(role: string, roles: EndedRoles): InParts<Keeping | null> {
    const sides = this.#sides;
    if (role === "*" || mayBeAsserted(role, sides)) return keptByAnybody(roles, sides);
    return yield* keptBeside(assignmentsWith(sides.before, role), { roles, isRowGone: false }, sides);
  }

  *endedBy({ noun, before, after }: RowChange): InParts<Ended | null> {
    const sides = this.#sides;
    switch (noun) {
      case "rule": {
        if (before === null || !asks(before) || !isNarrowed(before, after)) return null;
        const { role } = before;
        let keeping = this.#holders.get(role);
        if (keeping === undefined) keeping = yield* this.#keptByHolders(role, null);
        this.#holders.set(role, keeping);
        return { rules: [before], keeping };
      }
      case "role": {
        if (before === null) return null;
        const still = after === null ? new Set() : inherited(sides.after, [after.name]);
        const roles = new Set([...inherited(sides.before, [before.name])].filter((role) => !still.has(role)));
        const rules = this.#askedOf(roles);
        if (rules.length === 0) return null;
        return { rules, keeping: yield* this.#keptByHolders(before.name, rolesOf(rules)) };
      }
      case "assignment": {
        if (before === null || (after !== null && asLong(after, before))) return null;
        const roles = inherited(sides.before, [before.role]);
        const rules = this.#askedOf(roles);
        if (rules.length === 0) return null;
        return { rules, keeping: yield* keptBeside([before], { roles: rolesOf(rules), isRowGone: true }, sides) };
      }
      default:
        return null;
    }
  }
}

/**
 * The changes of rows by which an obligation of an access that stays ends, each as words: somebody loses an allow rule that asks for
 * something, and keeps, or a key may assert, a role with one that overlaps and asks for less. Conditions are not compared.
 */
export function* obligationsEnded(
  sides: Sides,
  changes: readonly RowChange[],
): InParts<ReadonlyMap<RowChange, string>> {
  const found = new Map<RowChange, string>();
  const looking = new Looking(sides);
  let looked = 0;
  for (const change of changes) {
    if (++looked % AT_ONCE === 0) yield;
    const ended = yield* looking.endedBy(change);
    if (ended === null || ended.keeping === null) continue;
    const { kept, lost } = ended.keeping;
    const roles = inherited(sides.after, kept);
    for (const rule of [...ended.rules].sort(byId)) {
      if (lost?.has(rule.role) === false) continue;
      const other = yield* ruleAskingLess(rule, roles, sides.after);
      if (other === null) continue;
      found.set(change, `ends what rule ${rule.id} asks for, and rule ${other.id} still allows`);
      break;
    }
  }
  return found;
}
