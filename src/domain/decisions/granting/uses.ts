import { type DeniedScope, smartScopesDenied } from "../../policy/smartRules.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import { constraintImplies } from "../../scopes/algebra.ts";
import type { Atom, Constraint } from "../../scopes/atom.ts";
import { typeCovers } from "../../scopes/cover.ts";
import { EXPORT, EXPORTING, matchExport } from "../../scopes/exports.ts";
import { matchAtom } from "../../scopes/match.ts";
import { excludes } from "../../scopes/mayMatch.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import { ceilingOf } from "../holds/grants.ts";
import { lifecycleProblem, usableVersions } from "../holds/lifecycle.ts";
import { isUsable, registeredOn } from "../holds/registered.ts";
import { deniedScopes, deniedWithin } from "../holds/scopeNames.ts";
import type { GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import type { Meaning } from "../scopeCheck.ts";
import { atomRequestIn, type Cell, coverageIn } from "./cells.ts";
import { type ConsentToGrant, consentToGrant } from "./consentToGrant.ts";

/** One way in which a scope covers requests of a cell. */
export interface Use {
  /** Of a SMART scope, the atom that covers them, or those of an export; of a custom scope none. */
  readonly atom: Atom | null;
  readonly exported: readonly Atom[];
  /** The constraints by one of which they are covered. */
  readonly constraints: readonly Constraint[];
  readonly consent: ConsentToGrant;
  /** A registered version that covers all of them and ends soon. */
  readonly ending: ScopeVersion | null;
}

/** Whether a constraint is met by every request of a cell that these ones cover; a search meets it unless its filter excludes it. */
const isMetByAll = (cell: Cell, constraints: readonly Constraint[], atom: Atom): boolean =>
  cell.action === "search"
    ? !constraints.every((filter) => excludes(filter, atom))
    : constraints.every((constraint) => constraintImplies(constraint, atom.constraint));

/** What of registered SMART scopes holds for every request of a cell that the atom covers. */
function registeredFor(cell: Cell, atom: Atom, scope: string, { facts }: GrantQuestion) {
  const found: { ended: Reason | null; asking: ScopeVersion[]; ending: ScopeVersion | null } = {
    ended: null,
    asking: [],
    ending: null,
  };
  for (const each of registeredOn(facts.snapshot, atom, cell.resourceType)) {
    const stands = (other: typeof each): boolean => isUsable(other, facts.now);
    // A narrower one may cover a resource that is sent later.
    if (!isMetByAll(cell, [atom.constraint], each.atom) || each.narrower.some(stands)) continue;
    const problem = lifecycleProblem(each.versions, facts.now);
    if (problem !== null && (each.name === scope || !each.same.some(stands))) found.ended ??= problem;
    const [newest] = usableVersions(each.versions, facts.now);
    if (newest?.requiresConsent) found.asking.push(newest);
    if (newest?.state === "DEPRECATED") found.ending ??= newest;
  }
  return found;
}

/** The consent that a scope asks for, or one for the scope itself where silence asks for it. */
const consentOf = (
  cell: Cell,
  { asking, scope }: { readonly asking: readonly ScopeVersion[]; readonly scope: string },
  question: GrantQuestion,
): ConsentToGrant =>
  consentToGrant(question, cell, { ...(asking[0] ?? { name: scope, requiresConsent: false }), carried: scope });

/** The same of an export, which is reading and searching what it is confined to. */
function* exportsOfSmart(
  cell: Cell,
  { scope, smart }: { readonly scope: string; readonly smart: SmartScope },
  question: GrantQuestion,
  ended: Map<string, Reason>,
): Generator<Use> {
  const match = matchExport(smart.atoms, atomRequestIn(cell, question));
  if (match?.covers !== true) return;
  const types = match.within.flatMap(({ condition }) =>
    condition?.type === "resourceType" ? condition.resourceType : [],
  );
  const exported = (types.length === 0 ? ["*"] : types).flatMap((resourceType) =>
    EXPORTING.map((action): Atom => ({ action, constraint: [], context: "SYSTEM", resourceType })),
  );
  const asking: ScopeVersion[] = [];
  for (const atom of exported) {
    const found = registeredFor(
      { ...cell, action: atom.action, resourceType: atom.resourceType },
      atom,
      scope,
      question,
    );
    asking.push(...found.asking);
    if (found.ended === null) continue;
    ended.set(found.ended.scope ?? "", found.ended);
    return;
  }
  yield {
    atom: null,
    constraints: [[]],
    ending: null,
    exported,
    consent: consentOf(cell, { asking, scope }, question),
  };
}

function* usesOfSmart(
  cell: Cell,
  { scope, smart }: { readonly scope: string; readonly smart: SmartScope },
  question: GrantQuestion,
  ended: Map<string, Reason>,
): Generator<Use> {
  const { facts, request } = question;
  if (cell.action === EXPORT) {
    yield* exportsOfSmart(cell, { scope, smart }, question, ended);
    return;
  }
  const asked = smart.atoms.find((atom) => atom.action === cell.action && typeCovers(atom, cell.resourceType));
  if (asked === undefined || !matchAtom({ ...asked, constraint: [] }, atomRequestIn(cell, question)).matches) return;
  for (const atom of ceilingOf(facts, request.clientId).partsFor(asked, cell.resourceType)) {
    const { asking, ended: problem, ending } = registeredFor(cell, atom, scope, question);
    if (problem !== null) {
      ended.set(problem.scope ?? "", problem);
      continue;
    }
    yield {
      atom,
      constraints: [atom.constraint],
      ending,
      exported: [],
      consent: consentOf(cell, { asking, scope }, question),
    };
  }
}

function* usesOfCustom(cell: Cell, meanings: readonly Meaning[], question: GrantQuestion): Generator<Use> {
  const coverage = coverageIn(cell, meanings, question);
  if (coverage === null) return;
  const query = atomRequestIn(cell, question);
  const matching = meanings
    .map(({ atoms }) => atoms.filter((atom) => matchAtom({ ...atom, constraint: [] }, query).matches))
    .filter((atoms) => atoms.length > 0);
  // Of a search the newest version that covers it counts.
  const counting = cell.action === "search" ? matching.slice(0, 1) : matching;
  const constraints = counting.flat().map(({ constraint }) => constraint);
  yield { atom: null, constraints, ending: null, exported: [], consent: coverage };
}

/**
 * How a scope covers requests of a cell, and under which consents. Into `ended` goes why it does not, where registered
 * SMART scopes that cover all of them can't be used.
 */
export const usesIn = (
  cell: Cell,
  {
    meanings,
    scope,
    smart,
  }: { readonly meanings: readonly Meaning[]; readonly scope: string; readonly smart: SmartScope | null },
  question: GrantQuestion,
  ended: Map<string, Reason>,
): Iterable<Use> =>
  smart === null ? usesOfCustom(cell, meanings, question) : usesOfSmart(cell, { scope, smart }, question, ended);

/** The SMART scopes whose deny rules hold for every request of a cell that is covered in this way. */
export function deniedFor(cell: Cell, use: Use, question: GrantQuestion): readonly DeniedScope[] {
  const { snapshot } = question.facts;
  const query = atomRequestIn(cell, question);
  if (cell.action === EXPORT)
    return deniedWithin(deniedScopes(snapshot, query), { atom: null, within: cell.within ?? [] }, cell.resourceType);
  return smartScopesDenied(snapshot, cell.action, cell.resourceType).filter(
    ({ atom }) => matchAtom({ ...atom, constraint: [] }, query).matches && isMetByAll(cell, use.constraints, atom),
  );
}
