import type { DecideFacts } from "../../decisions/facts.ts";
import { ceilingOf, grantedScopes } from "../../decisions/holds/grants.ts";
import { registeredOn } from "../../decisions/holds/registered.ts";
import { smartScopesNamed } from "../../policy/findRules.ts";
import { smartScopesDenied } from "../../policy/smartRules.ts";
import { atomCovers, meetAtoms } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { uncovered } from "../../scopes/cover.ts";
import { coversLevel, EXPORT, EXPORT_LEVELS, EXPORTING } from "../../scopes/exports.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type Finding, isSo, mayDiffer, regionOf, type Sentences } from "./accessDifference.ts";
import { changeTimes, sinceText } from "./changeTimes.ts";
import { mayBeAllowed } from "./regionAccess.ts";

/** With how many atoms of one kind a ceiling intersects a constrained one: what is beyond may come in when one goes. */
const MOST_MET = 32;

/** Whether rules, or registered scopes, may show what a narrower grant leaves to differ from what there was. */
function mayShow({ snapshot }: DecideFacts, left: Atom, was: Atom): boolean {
  const { action, constraint, context, resourceType } = left;
  if (context === "ANY") return true;
  for (const name of smartScopesNamed(snapshot, { context, resourceType }))
    if (parseSmartScope(name)?.atoms.some((other) => atomCovers(other, left) && !atomCovers(other, was))) return true;
  const isConstrained = (atoms: readonly { readonly atom: Atom }[]): boolean =>
    atoms.some(({ atom }) => atom.constraint.length > 0);
  return (
    constraint.length > 0 &&
    (isConstrained(registeredOn(snapshot, left, resourceType)) ||
      isConstrained(smartScopesDenied(snapshot, action, resourceType)))
  );
}

/** How far the atoms of a kind take part in a ceiling. */
const isFull = (atoms: readonly Atom[], { action, context }: Atom): boolean =>
  atoms.filter((atom) => atom.action === action && atom.context === context).length > MOST_MET;

/** A scope that a client is granted otherwise than before. */
interface Granted {
  readonly clientId: string;
  readonly scope: string;
  /** As `sinceText` has it. */
  readonly since: string;
}

const isGranted = ({ clientId, scope, since }: Granted): Sentences =>
  isSo(`client ${clientId} is granted ${scope}${since}`);

const isHeld = (facts: DecideFacts, { clientId, scope }: Pick<Granted, "clientId" | "scope">): boolean =>
  grantedScopes(facts, clientId).includes(scope);

/** Why an atom of a SMART scope that is granted otherwise than before may be worth more. */
function worthMore(from: DecideFacts, to: DecideFacts, granted: Granted, atom: Atom): Sentences | null {
  const { clientId, scope } = granted;
  const [before, after] = [ceilingOf(from, clientId).atoms, ceilingOf(to, clientId).atoms];
  if (isHeld(to, granted)) {
    if (uncovered(before, atom) !== null) return isGranted(granted);
    // A request that names no scopes presents it by itself: rules may mean it that don't mean a wider one.
    const wider = before.filter((other) => atomCovers(other, atom));
    if (!isHeld(from, granted) && wider.length > 0 && wider.every((other) => mayShow(to, atom, other)))
      return isSo(`client ${clientId} presents ${scope} where a request names no scopes`);
  }
  if (!isHeld(from, granted) || uncovered(after, atom) === null) return null;
  const left = (of: string): Sentences => ({
    gained: `New: client ${clientId} is granted less of ${scope}, and rules may mean what is left${of}`,
    lost: `New: client ${clientId} is granted more of ${scope}, and rules that mean the part${of} may not mean the whole`,
  });
  // A scope that says more counts for what is left, which rules may mean that did not mean the whole.
  const rest = after.flatMap((other) => meetAtoms(atom, other) ?? []);
  if (rest.some((left) => mayShow(to, left, atom)) || (rest.length > 0 && isFull(before, atom))) return left("");
  const isExporting = atom.context === "SYSTEM" && EXPORTING.includes(atom.action);
  return isExporting && ["*", ...EXPORT_LEVELS].some((level) => coversLevel(after, level))
    ? left(" of an export")
    : null;
}

function* ofSmart(from: DecideFacts, to: DecideFacts, granted: Granted): Generator<Finding> {
  const { clientId, scope } = granted;
  for (const atom of parseSmartScope(scope)?.atoms ?? []) {
    const { action, resourceType } = atom;
    const sentences = worthMore(from, to, granted, atom);
    const may = sentences !== null && mayBeAllowed(to.snapshot, { action: "*", resourceType, roles: null, scope });
    yield { region: regionOf({ action, clientId, resourceType, scope }), more: may ? sentences : null };
  }
}

function* ofCustom(from: DecideFacts, to: DecideFacts, granted: Granted): Generator<Finding> {
  const { clientId, scope } = granted;
  const isNew = isHeld(to, granted) && !isHeld(from, granted);
  const atoms = [from, to].flatMap(({ snapshot }) => snapshot.scopes.get(scope) ?? []).flatMap((v) => v.atoms);
  const seen = new Set<string>();
  for (const { action, resourceType } of atoms) {
    const key = JSON.stringify([action, resourceType]);
    if (seen.has(key)) continue;
    seen.add(key);
    const may = isNew && mayBeAllowed(to.snapshot, { action: "*", resourceType, roles: null, scope });
    yield { region: regionOf({ action, clientId, resourceType, scope }), more: may ? isGranted(granted) : null };
  }
}

/** What comes of the scopes that a client is granted otherwise than before, now and whenever a grant of it begins or ends. */
export function* comparedGrants(
  from: DecideFacts,
  to: DecideFacts,
  { clientId, scopes }: { readonly clientId: string; readonly scopes: readonly string[] },
): Generator<Finding> {
  if (to.snapshot.clients.get(clientId)?.status !== "ACTIVE") return;
  const grants = [from, to].flatMap(({ snapshot }) => [...(snapshot.grants.get(clientId)?.values() ?? [])]);
  const { times, all } = changeTimes(from.now, grants);
  for (const now of times) {
    const [then, later] = [
      { ...from, now },
      { ...to, now },
    ];
    const since = sinceText(now, from);
    for (const scope of scopes)
      yield* parseSmartScope(scope) === null
        ? ofCustom(then, later, { clientId, scope, since })
        : ofSmart(then, later, { clientId, scope, since });
    const [before, after] = [ceilingOf(then, clientId).atoms, ceilingOf(later, clientId).atoms];
    for (const resourceType of ["*", ...EXPORT_LEVELS])
      if (coversLevel(after, resourceType) && !coversLevel(before, resourceType))
        yield {
          region: regionOf({ action: EXPORT, clientId, resourceType }),
          more: isSo(`the scopes of client ${clientId} cover an export`),
        };
  }
  if (!all)
    yield {
      region: regionOf({ clientId }),
      more: mayDiffer(`the grants of client ${clientId} begin and end very often`),
    };
}

/** Rules of which it is looked up whether a condition reads more of a client than its id. */
const MOST_RULES = 20_000;

function readsClients({ snapshot }: DecideFacts): boolean {
  let left = MOST_RULES;
  for (const { when } of snapshot.rules.values())
    if (left-- === 0 || when?.replaceAll("client.id", "").includes("client")) return true;
  return false;
}

/** What a client may do that is served again, or new, or of which a condition may read another name. */
export function* comparedClient(from: DecideFacts, to: DecideFacts, clientId: string): Generator<Finding> {
  const [was, is] = [from.snapshot.clients.get(clientId), to.snapshot.clients.get(clientId)];
  if (is?.status !== "ACTIVE") return;
  const grants = [...(to.snapshot.grants.get(clientId)?.keys() ?? [])];
  if (was?.status !== "ACTIVE") {
    const [begins, ends] = was === undefined ? ["is new", "is deleted"] : ["is served again", "is suspended"];
    for (const scope of grants) {
      const may = mayBeAllowed(to.snapshot, { action: "*", resourceType: "*", roles: null, scope });
      const more: Sentences = {
        gained: `Client ${clientId} ${begins}, and with it comes access by`,
        lost: `Client ${clientId} ${ends}, and with it goes access by`,
        by: { noun: "scope", name: scope },
      };
      yield { region: regionOf({ clientId, scope }), more: may ? more : null };
    }
    return;
  }
  if (was.name === is.name || grants.length === 0 || !(readsClients(from) || readsClients(to))) return;
  yield {
    region: regionOf({ clientId }),
    more: mayDiffer(`client ${clientId} has another name, which conditions may read`),
  };
}
