import { asNamed, samePerson } from "../../callers/samePerson.ts";
import type { CallerSubject } from "../../callers/types.ts";
import { usableVersions } from "../../decisions/holds/lifecycle.ts";
import { ALL_ORGANIZATIONS, holdsAt, USER, type Validity } from "../../policy/types.ts";
import { DAY_MS } from "../../policy/use.ts";
import { allowsAsMuch } from "../../policy/widening.ts";
import { covers, meet } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { typeCovers } from "../../scopes/cover.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { Widening } from "../watchedDecision.ts";
import type { Asked, Basis, ScopeBasis, Way } from "./basis.ts";
import type { PolicyThen, Version } from "./policyThen.ts";

/** What is older is no news to anybody. */
export const WIDENING_MS = 7 * DAY_MS;

/** The policy at a revision, by the clock at a time. */
interface State {
  readonly revision: number;
  readonly at: number;
}
type Suffices = (state: State) => boolean;

const isThere = ({ since, until }: Version, { revision }: State): boolean =>
  since <= revision && (until === null || until > revision);
const isHeld = (version: Version & { readonly row: Validity }, state: State): boolean =>
  isThere(version, state) && holdsAt(version.row, state.at);

/** What of some atoms is asked for. An operation that none of them names is within all of them together. */
function wantedOf(atoms: readonly Atom[], asked: Asked): readonly Atom[] {
  if (asked === null) return atoms;
  const fitting = atoms.filter((atom) => atom.action === asked.action && typeCovers(atom, asked.resourceType));
  return fitting.length === 0 ? atoms : fitting.map((atom) => ({ ...atom, resourceType: asked.resourceType }));
}

function assignmentsOf({ holder, organization }: Basis, role: string, then: PolicyThen) {
  return then
    .assignments(holder)
    .filter(
      ({ row }) =>
        row.role === role &&
        (organization === undefined || row.organization === organization || row.organization === ALL_ORGANIZATIONS),
    );
}

/** Whether a rule allowed as much, for roles that were inherited and held alike. */
function wayHeld(basis: Basis, { isAssigned, roles, ruleId }: Way, then: PolicyThen): Suffices {
  const rules = then.rules(ruleId);
  const allowing = rules.find((each) => isThere(each, basis))?.row ?? null;
  const links = roles.slice(0, -1).map((name, i) => ({ versions: then.roles(name), next: roles[i + 1] ?? "" }));
  const assigned = isAssigned && roles[0] !== undefined ? assignmentsOf(basis, roles[0], then) : null;
  return (state) =>
    allowing !== null &&
    rules.some((each) => isThere(each, state) && allowsAsMuch(each.row, allowing)) &&
    // A long way is told by its ends.
    links.every(
      ({ next, versions }) =>
        versions.length === 0 ||
        next === "..." ||
        versions.some((each) => isThere(each, state) && each.row.inherits.includes(next)),
    ) &&
    (assigned === null || assigned.some((each) => isHeld(each, state)));
}

function smartHeld(basis: Basis, scope: string, then: PolicyThen): Suffices {
  const granted = then.grants(basis.clientId).flatMap((version) => {
    const smart = parseSmartScope(version.row.scope);
    return smart === null ? [] : [{ version, atoms: smart.atoms }];
  });
  const ceiling = (state: State) => granted.flatMap(({ atoms, version }) => (isHeld(version, state) ? atoms : []));
  const wanted = meet(wantedOf(parseSmartScope(scope)?.atoms ?? [], basis.asked), ceiling(basis));
  return (state) => wanted.length > 0 && covers(ceiling(state), wanted);
}

function customHeld(basis: Basis, scope: string, then: PolicyThen): Suffices {
  const grants = then.grants(basis.clientId).filter(({ row }) => row.scope === scope);
  const versions = then.scopes(scope);
  const atomsAt = (state: State) => {
    const there = versions.flatMap((each) => (isThere(each, state) ? [each.row] : []));
    return usableVersions(there, state.at).flatMap(({ atoms }) => atoms);
  };
  const wanted = wantedOf(atomsAt(basis), basis.asked);
  return (state) => wanted.length > 0 && covers(atomsAt(state), wanted) && grants.some((grant) => isHeld(grant, state));
}

/** The rows on which a scope rests. */
function* versionsOf(basis: Basis, { isSmart, scope, ways }: ScopeBasis, then: PolicyThen): Generator<Version> {
  for (const grant of then.grants(basis.clientId)) if (isSmart || grant.row.scope === scope) yield grant;
  if (!isSmart) yield* then.scopes(scope);
  for (const { isAssigned, roles, ruleId } of ways) {
    yield* then.rules(ruleId);
    for (const name of roles.slice(0, -1)) yield* then.roles(name);
    if (isAssigned && roles[0] !== undefined) yield* assignmentsOf(basis, roles[0], then);
  }
}

interface Change {
  readonly at: number;
  readonly by: CallerSubject | null;
  /** As it was just before. */
  readonly before: State;
}

/** What has changed of those rows, the latest first: revisions, and periods that began. */
function changesOf(basis: Basis, of: ScopeBasis, then: PolicyThen): readonly Change[] {
  const changes = new Map<string, Change>();
  for (const version of versionsOf(basis, of, then)) {
    if (version.since > basis.revision) continue;
    const made = then.revision(version.since);
    if (made === null) continue;
    if (version.since > then.from)
      changes.set(`r${version.since}`, {
        // Another instance's clock may be ahead.
        at: Math.min(made.at, basis.at),
        by: made.by,
        before: { revision: version.since - 1, at: basis.at },
      });
    const validFrom = "validFrom" in version.row ? version.row.validFrom : null;
    if (validFrom !== null && validFrom <= basis.at)
      changes.set(`t${validFrom} ${version.since}`, {
        at: validFrom,
        by: made.by,
        before: { revision: basis.revision, at: validFrom - 1 },
      });
  }
  return [...changes.values()].filter(({ at }) => basis.at - at < WIDENING_MS).sort((a, b) => b.at - a.at);
}

/** The person as whom a detector knows somebody: whoever may have made the change and used it is the same, whatever account of that id it was. */
function personOf(by: CallerSubject | null, subject: Basis["subject"]): string | null {
  if (by === null) return null;
  const isSame = subject !== null && samePerson(asNamed({ type: by.type ?? USER, id: by.id }), asNamed(subject));
  return isSame ? `${subject.type}/${subject.id}` : `${by.type ?? USER}/${by.id}`;
}

/**
 * The newest change of the policy without which an allowed decision would not have been allowed by what its record names: a grant, an
 * assignment, a role that inherits more, a rule, a version of a scope, or the beginning of their time; null: all of it is older than
 * 7 days, or the record names what is not known. It goes by the policy as it stood, never by what came later.
 */
export function wideningOf(basis: Basis, then: PolicyThen): Widening | null {
  let newest: Change | null = null;
  for (const each of basis.scopes) {
    const changes = changesOf(basis, each, then);
    if (changes.length === 0) continue;
    const held = each.isSmart ? smartHeld(basis, each.scope, then) : customHeld(basis, each.scope, then);
    const ways = each.ways.map((way) => wayHeld(basis, way, then));
    const suffices: Suffices = (state) => held(state) && ways.some((way) => way(state));
    if (!suffices(basis)) continue;
    const change = changes.find(({ before }) => !suffices(before));
    if (change !== undefined && (newest === null || change.at > newest.at)) newest = change;
  }
  return newest === null ? null : { at: newest.at, by: personOf(newest.by, basis.subject) };
}
