import type { DecideFacts } from "../../decisions/facts.ts";
import { usableVersions } from "../../decisions/holds/lifecycle.ts";
import { type Registered, registeredOn } from "../../decisions/holds/registered.ts";
import { type Json, sameJson } from "../../kernel/canonical.ts";
import { smartScopesDenied } from "../../policy/smartRules.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import { uncovered } from "../../scopes/cover.ts";
import { EXPORT, EXPORTING } from "../../scopes/exports.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import { type Finding, isSo, regionOf, type Sentences } from "./accessDifference.ts";
import { changeTimes } from "./changeTimes.ts";
import { mayBeAllowed } from "./regionAccess.ts";

const versionsOf = ({ snapshot }: DecideFacts, scope: string): readonly ScopeVersion[] =>
  snapshot.scopes.get(scope) ?? [];
const usable = (facts: DecideFacts, scope: string): readonly ScopeVersion[] =>
  usableVersions(versionsOf(facts, scope), facts.now);

/** Now, and whenever one of its versions ends. */
const timesOf = (from: DecideFacts, to: DecideFacts, scope: string): readonly number[] =>
  changeTimes(
    from.now,
    [from, to]
      .flatMap((facts) => versionsOf(facts, scope))
      .map(({ sunsetAt }) => ({ validFrom: null, validUntil: sunsetAt })),
  ).times;

/** What versions permit, as far as it counts which of them does. */
const meaningOf = (versions: readonly ScopeVersion[]): Json =>
  versions.map(({ atoms, requiresConsent }) => ({ atoms, requiresConsent })) as unknown as Json;

/** Whether versions permit an atom; any context of theirs takes in each. */
function permits(versions: readonly ScopeVersion[], atom: Atom): boolean {
  const atoms = versions.flatMap((version) => version.atoms);
  const inContext = atoms.map((other) => (other.context === "ANY" ? { ...other, context: atom.context } : other));
  return uncovered(inContext, atom) === null;
}

const isExporting = ({ action, context }: Atom): boolean => context === "SYSTEM" && EXPORTING.includes(action);

/** Why an atom of a version that can be used may permit more than the versions before did. */
function permitsMore(
  to: DecideFacts,
  was: readonly ScopeVersion[],
  version: ScopeVersion,
  atom: Atom,
): Sentences | null {
  const asking = was.filter(({ requiresConsent }) => requiresConsent);
  const isAsked = asking.length > 0 && !(version.requiresConsent && asking.length === was.length);
  const { action, resourceType } = atom;
  const { name } = version;
  if (!permits(was, atom))
    return isSo(`the scope ${name} permits ${action} on ${resourceType === "*" ? "any type" : resourceType}`);
  if (isAsked)
    return {
      gained: `New: the scope ${name} no longer asks for consent, or its other version does not`,
      lost: `New: the scope ${name} asks for the patient's consent`,
    };
  // A narrower filter may leave out what a deny rule is about.
  const denied = action === "search" ? smartScopesDenied(to.snapshot, action, resourceType) : [];
  return denied.some((each) => each.atom.constraint.length > 0)
    ? isSo(`a search with ${name} may be confined to what no rule denies`)
    : null;
}

/** What a custom scope permits otherwise than before, whenever. */
function* comparedCustom(from: DecideFacts, to: DecideFacts, scope: string): Generator<Finding> {
  const isGranted = to.snapshot.grantsByScope.has(scope);
  for (const now of timesOf(from, to, scope)) {
    const [was, is] = [usable({ ...from, now }, scope), usable({ ...to, now }, scope)];
    const same = sameJson(meaningOf(was), meaningOf(is));
    for (const version of is)
      for (const atom of version.atoms) {
        const { action, resourceType } = atom;
        const sentences = same || !isGranted ? null : permitsMore(to, was, version, atom);
        const may =
          sentences !== null && mayBeAllowed(to.snapshot, { action: "*", resourceType: "*", roles: null, scope });
        yield { region: regionOf({ action, resourceType, scope }), more: may ? sentences : null };
        if (!same && isGranted && isExporting(atom))
          yield { region: regionOf({ action: EXPORT, scope }), more: isSo(`what ${scope} permits may be exported`) };
      }
  }
}

/** What a registered SMART scope says of the accesses that it covers, at a time. */
function lifeOf(facts: DecideFacts, scope: string) {
  const [versions, inForce] = [versionsOf(facts, scope), usable(facts, scope)];
  return {
    bars: versions.length > 0 && inForce.length === 0,
    asks: inForce[0]?.requiresConsent ?? false,
    stands: inForce.length > 0,
  };
}

/** Whether another registered scope has less to say where this one stands. */
function overrides({ snapshot }: DecideFacts, { atoms, text }: SmartScope): boolean {
  const speaksOfIt = ({ name, narrower, same }: Registered): boolean =>
    name !== text && [...narrower, ...same].some((other) => other.name === text);
  return atoms.some((atom) => registeredOn(snapshot, atom, atom.resourceType).some(speaksOfIt));
}

/** What the life and the consent of a registered SMART scope leave of all that it covers, whatever was presented. */
function* comparedSmart(from: DecideFacts, to: DecideFacts, smart: SmartScope): Generator<Finding> {
  const { resourceType, text: scope } = smart;
  for (const now of timesOf(from, to, scope)) {
    const [was, is] = [lifeOf({ ...from, now }, scope), lifeOf({ ...to, now }, scope)];
    const sentences =
      was.bars && !is.bars
        ? {
            gained: `New: the registered scope ${scope} no longer bars what it covers`,
            lost: `New: the registered scope ${scope} is not in force, and bars what it covers`,
          }
        : was.asks && !is.asks
          ? {
              gained: `New: the registered scope ${scope} no longer asks for the patient's consent`,
              lost: `New: the registered scope ${scope} asks for the patient's consent`,
            }
          : is.stands && !was.stands && overrides(from, smart)
            ? isSo(`the registered scope ${scope} is in force where a wider one is not`)
            : null;
    for (const { action } of smart.atoms) yield { region: regionOf({ action, resourceType, scope }), more: sentences };
  }
}

export function comparedScope(from: DecideFacts, to: DecideFacts, scope: string): Iterable<Finding> {
  const smart = parseSmartScope(scope);
  return smart === null ? comparedCustom(from, to, scope) : comparedSmart(from, to, smart);
}
