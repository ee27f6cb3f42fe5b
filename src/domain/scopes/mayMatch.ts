import type { Atom, Constraint } from "./atom.ts";
import { valueWithin } from "./constraintValue.ts";
import { type ParameterKind, parameterKind } from "./fhir.ts";
import { type AtomRequest, type Mismatch, matchAtom } from "./match.ts";

/** Misses that say that something was not said. */
const NOT_SAID: ReadonlySet<Mismatch["because"]> = new Set(["ABSENT", "NO_PATIENT"]);
/** Misses that say that something is not known, and not that it is otherwise. */
const UNKNOWN: ReadonlySet<Mismatch["because"]> = new Set([...NOT_SAID, "NOT_VERIFIABLE"]);

const codeOf = (token: string): string => token.slice(token.indexOf("|") + 1);

/** Whether one token may select what another does: a code alone may be of any system. */
function sameToken(a: string, b: string): boolean {
  if (valueWithin(a, b) || valueWithin(b, a)) return true;
  const [bareA, bareB] = [!a.includes("|"), !b.includes("|")];
  if (!bareA && !bareB) return false;
  const [code, other] = bareA ? [a, codeOf(b)] : [b, codeOf(a)];
  return other === "" || other === code;
}

/** Whether two references may be to one resource: where one does not say the type or the server, the rest is compared. */
function sameReference(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short === long || long.endsWith(`/${short}`);
}

/** Whether a resource that has one value of a parameter may be selected by the other; true where that can't be told. */
function mayBeSame(kind: ParameterKind | null, a: string, b: string): boolean {
  switch (kind) {
    case "token":
      return sameToken(a, b);
    case "reference":
      return sameReference(a, b);
    case "uri":
      return a === b;
    // Prefixes, precision, letter case and ranges: nothing is sure.
    default:
      return true;
  }
}

/** Whether the resource is outside this entry of the atom's constraint, and for no reason that is one of these. */
function misses(atom: Atom, entry: Constraint[number], request: AtomRequest, unlessFor: typeof UNKNOWN): boolean {
  const match = matchAtom({ ...atom, context: "ANY", constraint: [entry] }, request);
  return !match.matches && !unlessFor.has(match.why.because);
}

/**
 * Whether an atom may permit a request: false only if it surely does not. What the request leaves out counts as met: an
 * attribute that a constraint asks about, the patient of a resource. Of a search the constraint says nothing here: see
 * `excludes`.
 */
export function mayMatch(atom: Atom, request: AtomRequest): boolean {
  return matchesBut(atom, request, UNKNOWN);
}

/** Whether an atom permits a request that says no less. A value that does not tell stays one, whatever else is said. */
export function matchesIfMoreIsSaid(atom: Atom, request: AtomRequest): boolean {
  return matchesBut(atom, request, NOT_SAID);
}

function matchesBut(atom: Atom, request: AtomRequest, unlessFor: typeof UNKNOWN): boolean {
  const match = matchAtom(atom.constraint.length === 0 ? atom : { ...atom, constraint: [] }, request);
  if (!match.matches && !unlessFor.has(match.why.because)) return false;
  return request.action === "search" || !atom.constraint.some((entry) => misses(atom, entry, request, unlessFor));
}

/** Parameters of which a resource has one value at most: of others it may have a value that is denied beside one that is not. */
const SINGLE: ReadonlySet<string> = new Set(["_id", "status"]);

/**
 * Whether a search that is narrowed by `filter` is not about what the atom permits: for some parameter of it, the search
 * asks for other values only. Values of one parameter that surely differ count as apart.
 */
export const isApart = (filter: Constraint, atom: Atom): boolean => asksForOthers(filter, atom, () => true);

/** Whether it returns nothing of what is denied: a resource that has both values is in what it returns, and is denied. */
export const excludes = (filter: Constraint, denied: Atom): boolean =>
  asksForOthers(filter, denied, (parameter) => SINGLE.has(parameter));

function asksForOthers(filter: Constraint, atom: Atom, counts: (parameter: string) => boolean): boolean {
  return atom.constraint.some(({ parameter, values }) => {
    if (!counts(parameter)) return false;
    const own = filter.filter((entry) => entry.parameter === parameter);
    const kind = parameterKind(atom.resourceType, parameter);
    const apart = (entry: Constraint[number]): boolean =>
      !entry.values.some((value) => values.some((wanted) => mayBeSame(kind, value, wanted)));
    return own.length > 0 && own.every(apart);
  });
}
