import type { Atom, Constraint } from "./atom.ts";
import { type ComparedResource, constraintProblem } from "./compare/compare.ts";
import { typeCovers } from "./cover.ts";

/** What a request offers for the comparison with an atom. */
export interface AtomRequest extends ComparedResource {
  /** Canonical. */
  readonly action: string;
  readonly resourcePatient: string | null;
  readonly contextPatient: string | null;
  readonly hasSubject: boolean;
}

/**
 * Why an atom does not permit a request. NO_ATOMS: there is none that could. ABSENT: the resource has no such attribute;
 * NOT_VERIFIABLE: it has one, which does not tell. Members are in the order of canonical JSON.
 */
export type Mismatch =
  | { readonly because: "ACTION"; readonly permits: string; readonly requested: string }
  | { readonly because: "TYPE"; readonly reaches: string; readonly requested: string }
  | { readonly because: "NO_SUBJECT" | "SUBJECT" }
  | { readonly because: "NO_PATIENT_IN_CONTEXT" | "NO_PATIENT" | "OTHER_PATIENT" }
  | { readonly because: "ABSENT" | "NOT_VERIFIABLE"; readonly parameter: string }
  | { readonly because: "VALUES"; readonly parameter: string; readonly values: readonly string[] }
  | { readonly because: "NO_TYPE" | "NO_ATOMS" };

/** An empty filter: unconstrained. Otherwise the search may return only what satisfies it. */
export type AtomMatch =
  | { readonly matches: true; readonly filter: Constraint }
  | { readonly matches: false; readonly why: Mismatch };

const no = (why: Mismatch): AtomMatch => ({ matches: false, why });

/** Why the atom's context does not hold for the request, or null. */
function contextProblem(atom: Atom, request: AtomRequest): Mismatch | null {
  const { contextPatient, resourcePatient } = request;
  switch (atom.context) {
    case "ANY":
      return null;
    case "USER":
      return request.hasSubject ? null : { because: "NO_SUBJECT" };
    case "SYSTEM":
      return request.hasSubject ? { because: "SUBJECT" } : null;
    case "PATIENT":
      if (contextPatient === null || contextPatient === "") return { because: "NO_PATIENT_IN_CONTEXT" };
      if (resourcePatient === null || resourcePatient === "") return { because: "NO_PATIENT" };
      return resourcePatient === contextPatient ? null : { because: "OTHER_PATIENT" };
  }
}

/** Why one resource does not, or can't be seen to, satisfy the constraint, or null. */
function mismatchOf({ constraint, resourceType }: Atom, request: AtomRequest): Mismatch | null {
  const problem = constraint.length === 0 ? null : constraintProblem(constraint, resourceType, request);
  if (problem === null) return null;
  const { parameter } = problem;
  if (problem.is === "UNMET") return { because: "VALUES", parameter, values: problem.values };
  return { because: problem.is === "ABSENT" ? "ABSENT" : "NOT_VERIFIABLE", parameter };
}

/**
 * Whether an atom permits a request (docs/scopes.md), strictly:
 * - Actions are equal by canonical name. A request names one type; `*` as a type of a request is none.
 * - PATIENT needs a patient in context and a resource of exactly that patient, for `search` and `create`
 *   too: a search that names no patient does not match. Ids are compared letter by letter
 *   (`Patient/1` is not `1`).
 * - A constrained atom matches a `search` with the constraint as `filter`. For any other action the
 *   constraint is compared with the resource; what is not there, or does not tell, does not match.
 */
export function matchAtom(atom: Atom, request: AtomRequest): AtomMatch {
  if (request.resourceType === "*") return no({ because: "NO_TYPE" });
  if (atom.action !== request.action) return no({ because: "ACTION", permits: atom.action, requested: request.action });
  if (!typeCovers(atom, request.resourceType))
    return no({ because: "TYPE", reaches: atom.resourceType, requested: request.resourceType });
  const context = contextProblem(atom, request);
  if (context !== null) return no(context);
  if (request.action === "search") return { matches: true, filter: atom.constraint };
  const constraint = mismatchOf(atom, request);
  return constraint === null ? { matches: true, filter: [] } : no(constraint);
}
