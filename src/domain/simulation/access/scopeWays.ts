import { isEmergencyUse } from "../../decisions/emergency.ts";
import { coverageOf } from "../../decisions/holds/coverage.ts";
import { ceilingOf, heldOf, isGrantedByName, mayPresent } from "../../decisions/holds/grants.ts";
import { lifecycleProblem, usableVersions } from "../../decisions/holds/lifecycle.ts";
import { isUsable, type Registered, registeredOn } from "../../decisions/holds/registered.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import { constraintImplies } from "../../scopes/algebra.ts";
import type { Atom, Constraint } from "../../scopes/atom.ts";
import { parseConstraint } from "../../scopes/atom.ts";
import type { Confinement } from "../../scopes/confinement.ts";
import { typeCovers } from "../../scopes/cover.ts";
import { EXPORT, EXPORTING } from "../../scopes/exports.ts";
import { type AtomRequest, matchAtom } from "../../scopes/match.ts";
import { isApart } from "../../scopes/mayMatch.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import type { AccessCondition } from "./accessCell.ts";
import {
  consentTo,
  EMERGENCY_OPEN,
  isConsentTo,
  notMeeting,
  onlyMeeting,
  PURPOSE_GIVEN,
  type Reaching,
  reachesNot,
} from "./accessWords.ts";
import { mayAskConsent, mayAskPurpose } from "./consentAsked.ts";
import { type Kind, rulesAskFor } from "./ruleWays.ts";
import type { Way } from "./ways.ts";

/** Whether an atom permits the requests of a kind, what it asks of the resource aside. */
const permits = (atom: Atom, query: AtomRequest): boolean => matchAtom({ ...atom, constraint: [] }, query).matches;

/** The constraints to which a search is confined, an OR; null: it is not confined by any. */
function filtersOf(within: readonly Confinement[], resourceType: string): readonly Constraint[] | null {
  const constraints: Constraint[] = [];
  for (const { condition } of within) {
    if (condition?.type !== "constraint") return null;
    const parsed = parseConstraint(condition.constraint, resourceType);
    if (!parsed.ok) return null;
    constraints.push(parsed.value);
  }
  return constraints.length === 0 ? null : constraints;
}

/** Where a registered scope covers what a part of a SMART scope does; null: nowhere. */
function reachOf(
  registered: Registered,
  part: Atom,
  { now, query }: { readonly now: number; readonly query: AtomRequest },
): { readonly reach: Reaching; readonly same: readonly Constraint[] } | null {
  const { atom } = registered;
  const isOne = query.action !== "search" && query.resourceType !== "*";
  // Of a search or an export it is known as a whole whether another scope covers it.
  const surely = (other: Registered): "ALL" | Constraint | null => {
    if (!isUsable(other, now)) return null;
    if (!isOne) {
      const covers =
        typeCovers(other.atom, query.resourceType) && constraintImplies(part.constraint, other.atom.constraint);
      return covers ? "ALL" : null;
    }
    if (!permits(other.atom, query)) return null;
    return other.atom.constraint.length === 0 ? "ALL" : other.atom.constraint;
  };
  const isReached = query.resourceType === "*" || permits(atom, query);
  if (!isReached || (!isOne && isApart(part.constraint, atom))) return null;
  const [narrower, same] = [registered.narrower, registered.same].map((others) => others.map(surely));
  if (narrower?.includes("ALL")) return null;
  const constraints = (found: readonly ("ALL" | Constraint | null)[] = []): readonly Constraint[] =>
    found.filter((each) => each !== null && each !== "ALL") as readonly Constraint[];
  const constraint = isOne && atom.constraint.length > 0 ? atom.constraint : null;
  return {
    reach: { constraint, except: constraints(narrower) },
    same: same?.includes("ALL") ? [[]] : constraints(same),
  };
}

/** What registered SMART scopes ask of a part of one; null: one that can't be used covers all of it. */
function registeredAskFor(kind: Kind, scope: string, part: Atom, query: AtomRequest): Way | null {
  const { facts } = kind.asked;
  const conditions: AccessCondition[] = [];
  for (const each of registeredOn(facts.snapshot, part, query.resourceType)) {
    const found = reachOf(each, part, { now: facts.now, query });
    if (found === null) continue;
    const { reach, same } = found;
    const covers = (of: Reaching): boolean => of.constraint === null && of.except.length === 0;
    const isReplaced = each.name !== scope && same.some((constraint) => constraint.length === 0);
    if (lifecycleProblem(each.versions, facts.now) !== null && !isReplaced) {
      const barred = each.name === scope ? reach : { ...reach, except: [...reach.except, ...same] };
      if (covers(barred)) return null;
      conditions.push(reachesNot(barred, `${each.name} is not in force`, query.resourceType));
    }
    if (usableVersions(each.versions, facts.now)[0]?.requiresConsent !== true) continue;
    const consent = consentTo(each.name);
    const otherwise = reachesNot(reach, `${each.name} asks for consent`, query.resourceType);
    conditions.push(
      covers(reach)
        ? consent
        : { cel: `(${consent.cel} || ${otherwise.cel})`, text: `${consent.text}, or ${otherwise.text}` },
    );
  }
  return conditions;
}

/** The ways in which an export by a SMART scope is allowed. */
function* exportWays(kind: Kind, scope: string, smart: SmartScope): Generator<Way> {
  const { asked, query } = kind;
  const coverage = coverageOf(heldOf(asked.facts, asked.of.clientId, scope, smart), query);
  if (!coverageOf(smart.atoms, query).covers || !coverage.covers) return;
  const { within } = coverage;
  const types = within.flatMap(({ condition }) => (condition?.type === "resourceType" ? condition.resourceType : []));
  const exported = (types.length === 0 ? ["*"] : types).flatMap((resourceType) =>
    EXPORTING.map((action): Atom => ({ action, constraint: [], context: "SYSTEM", resourceType })),
  );
  const conditions: AccessCondition[] = [];
  if (types.length > 0)
    conditions.push({ cel: "true", text: `only ${types.join(", ")}: what else is exported is left out` });
  for (const atom of exported) {
    const on = { ...query, action: atom.action, resourceType: atom.resourceType };
    const asksFor = registeredAskFor(kind, scope, atom, on);
    if (asksFor === null) return;
    conditions.push(...asksFor);
  }
  const rules = rulesAskFor(kind, { scope, smart, atom: null, exported, within });
  if (rules !== null) yield [...conditions, ...rules];
}

function* smartWays(kind: Kind, scope: string, smart: SmartScope): Generator<Way> {
  const { asked, query, resourceType } = kind;
  const { facts, of } = asked;
  if (query.action === EXPORT) {
    yield* exportWays(kind, scope, smart);
    return;
  }
  const written = smart.atoms.find((atom) => atom.action === query.action && typeCovers(atom, query.resourceType));
  if (written === undefined) return;
  const isWhole = isGrantedByName(facts, of.clientId, scope);
  for (const atom of isWhole ? [written] : ceilingOf(facts, of.clientId).partsFor(written, query.resourceType)) {
    if (!permits(atom, query)) continue;
    const coverage = query.action === "search" ? coverageOf([atom], query) : null;
    const within = coverage?.covers ? coverage.within : [];
    const registered = registeredAskFor(kind, scope, atom, query);
    if (registered === null) continue;
    const rules = rulesAskFor(kind, { scope, smart, atom, exported: [], within });
    if (rules === null) continue;
    const constraint = atom.constraint.length === 0 ? [] : [onlyMeeting([atom.constraint], resourceType)];
    yield [...constraint, ...registered, ...rules];
  }
}

/** What a version of a custom scope asks of the resource: one of these; "ALL": nothing. Null: it does not cover the kind. */
function coveredBy({ atoms }: ScopeVersion, { query, resourceType }: Kind) {
  if (query.action === "search" || query.action === EXPORT || query.resourceType === "*") {
    const coverage = coverageOf(atoms, query);
    if (!coverage.covers) return null;
    return { within: coverage.within, constraints: filtersOf(coverage.within, resourceType) ?? ("ALL" as const) };
  }
  const matching = atoms.filter((atom) => permits(atom, query));
  if (matching.length === 0) return null;
  const isOpen = matching.some(({ constraint }) => constraint.length === 0);
  return { within: [], constraints: isOpen ? ("ALL" as const) : matching.map(({ constraint }) => constraint) };
}

function* customWays(kind: Kind, scope: string, versions: readonly ScopeVersion[]): Generator<Way> {
  const { asked, query, resourceType } = kind;
  const isOne = query.action !== "search" && query.action !== EXPORT && query.resourceType !== "*";
  const usable = usableVersions(versions, asked.facts.now);
  const isTold = usable.some(({ requiresConsent }) => requiresConsent);
  // The newest that covers a request counts.
  const newer: Constraint[] = [];
  for (const version of usable) {
    const covered = coveredBy(version, kind);
    if (covered === null) continue;
    const { constraints, within } = covered;
    const rules = rulesAskFor(kind, { scope, smart: null, atom: null, exported: [], within });
    if (rules !== null)
      yield [
        ...(constraints === "ALL" ? [] : [onlyMeeting(constraints, resourceType)]),
        ...(isTold && newer.length > 0 ? [notMeeting(newer, resourceType)] : []),
        ...(version.requiresConsent ? [consentTo(scope)] : []),
        ...rules,
      ];
    if (!isOne || constraints === "ALL") return;
    newer.push(...constraints);
  }
}

/** The ways in which a scope, if it is presented, allows the requests of a kind. */
export function waysOf(
  kind: Kind,
  {
    scope,
    smart,
    versions,
  }: { readonly scope: string; readonly smart: SmartScope | null; readonly versions: readonly ScopeVersion[] },
): readonly Way[] {
  const { facts, of, known } = kind.asked;
  const client = facts.snapshot.clients.get(of.clientId);
  if (client?.status !== "ACTIVE" || (known !== null && known.disagree !== null)) return [];
  if (!mayPresent(facts, of.clientId, scope, smart)) return [];
  const asksPurpose = of.purposeOfUse === null && mayAskPurpose(facts.snapshot, kind.place.name);
  const purpose = asksPurpose ? [PURPOSE_GIVEN] : [];
  const found = smart === null ? customWays(kind, scope, versions) : smartWays(kind, scope, smart);
  const ways = [...found].map((way) => [...purpose, ...way]);
  const { action, resourceType } = kind.query;
  const asked = { organization: kind.place.name, purpose: of.purposeOfUse, action, resourceType };
  // An emergency satisfies what asks for consent.
  if (isEmergencyUse(of)) return ways.map((way) => [...way.filter((each) => !isConsentTo(each)), EMERGENCY_OPEN]);
  return mayAskConsent(facts.snapshot, asked) ? ways.map((way) => [...way, consentTo(scope)]) : ways;
}
