import type { Atom, Constraint } from "./atom.ts";
import { valueWithin } from "./constraintValue.ts";
import { type ParameterKind, parameterKind } from "./fhir.ts";
import { type AtomRequest, type Mismatch, matchAtom } from "./match.ts";

/** Misses that say that something is not known, and not that it is otherwise. */
const UNKNOWN: ReadonlySet<Mismatch["because"]> = new Set(["ABSENT", "NOT_VERIFIABLE", "NO_PATIENT"]);

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

/** Whether it is sure that the resource is outside this entry of the atom's constraint. */
function surelyMisses(atom: Atom, entry: Constraint[number], request: AtomRequest): boolean {
  const match = matchAtom({ ...atom, context: "ANY", constraint: [entry] }, request);
  return !match.matches && !UNKNOWN.has(match.why.because);
}

/**
 * Whether an atom may permit a request: false only if it surely does not. What the request leaves out counts as met: an
 * attribute that a constraint asks about, the patient of a resource. Of a search the constraint says nothing here: see
 * `excludes`.
 */
export function mayMatch(atom: Atom, request: AtomRequest): boolean {
  const match = matchAtom(atom.constraint.length === 0 ? atom : { ...atom, constraint: [] }, request);
  if (!match.matches && !UNKNOWN.has(match.why.because)) return false;
  return request.action === "search" || !atom.constraint.some((entry) => surelyMisses(atom, entry, request));
}

/**
 * Whether a search that is narrowed by `filter` leaves out what is denied: for some parameter of what is denied, it asks
 * for other values only. Values of one parameter that surely differ count as apart.
 */
export function excludes(filter: Constraint, denied: Atom): boolean {
  return denied.constraint.some(({ parameter, values }) => {
    const own = filter.filter((entry) => entry.parameter === parameter);
    const kind = parameterKind(denied.resourceType, parameter);
    const apart = (entry: Constraint[number]): boolean =>
      !entry.values.some((value) => values.some((wanted) => mayBeSame(kind, value, wanted)));
    return own.length > 0 && own.every(apart);
  });
}
