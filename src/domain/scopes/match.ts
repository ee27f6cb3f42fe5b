import { type Atom, printConstraint } from "./atom.ts";
import { type ComparedResource, constraintProblem } from "./compare/compare.ts";
import type { Confinement } from "./confinement.ts";
import { typeCovers } from "./cover.ts";
import { isSharedType } from "./sharedTypes.ts";

/** What a request offers for the comparison with an atom. */
export interface AtomRequest extends ComparedResource {
  /** Canonical. */
  readonly action: string;
  /** `*` where a search or an export is over all types. */
  readonly resourceType: string;
  /** Whom the resource is about; empty: it names nobody. */
  readonly resourcePatients: readonly string[];
  readonly contextPatient: string | null;
  /** Whether `patient/` scopes reach what the shared types have that names no patient. */
  readonly reachesShared: boolean;
  /** Of an export of patients or groups: whether some scope that is held covers that type, or all types. */
  readonly levelCovered?: boolean;
  readonly hasSubject: boolean;
}

/**
 * Why an atom does not permit a request. NO_ATOMS: there is none that could. ABSENT: the resource has no such attribute;
 * NOT_VERIFIABLE: it has one, which does not tell. EXPORT: nothing that it permits can be exported. Members are in the order of canonical JSON.
 */
export type Mismatch =
  | { readonly because: "ACTION"; readonly permits: string; readonly requested: string }
  | { readonly because: "TYPE"; readonly reaches: string; readonly requested: string }
  | { readonly because: "NO_SUBJECT" | "SUBJECT" }
  | { readonly because: "NO_PATIENT_IN_CONTEXT" | "NO_PATIENT" | "OTHER_PATIENT" }
  | { readonly because: "EXPORT" }
  | { readonly because: "ABSENT" | "NOT_VERIFIABLE"; readonly parameter: string }
  | { readonly because: "VALUES"; readonly parameter: string; readonly values: readonly string[] }
  | { readonly because: "NO_TYPE" | "NO_ATOMS" };

/** `within`: a search may return only that; null: whatever it finds. */
export type AtomMatch =
  | { readonly matches: true; readonly within: Confinement | null }
  | { readonly matches: false; readonly why: Mismatch };

const no = (why: Mismatch): AtomMatch => ({ matches: false, why });

/** Why the atom's context does not hold for the request, or null. */
function contextProblem(atom: Atom, request: AtomRequest): Mismatch | null {
  const { contextPatient, resourcePatients } = request;
  switch (atom.context) {
    case "ANY":
      return null;
    case "USER":
      return request.hasSubject ? null : { because: "NO_SUBJECT" };
    case "SYSTEM":
      return request.hasSubject ? { because: "SUBJECT" } : null;
    case "PATIENT":
      if (contextPatient === null || contextPatient === "") return { because: "NO_PATIENT_IN_CONTEXT" };
      if (resourcePatients.includes(contextPatient)) return null;
      if (resourcePatients.length > 0) return { because: "OTHER_PATIENT" };
      return reachesNobodys(request) || isConfinable(request) ? null : { because: "NO_PATIENT" };
  }
}

/** Whether a `patient/` scope reads or searches what belongs to nobody. */
const reachesNobodys = ({ action, reachesShared, resourceType }: AtomRequest): boolean =>
  reachesShared && (action === "read" || action === "search") && isSharedType(resourceType);

/** Whether a search that names nobody can be kept to one patient: of the shared types nothing would be left. */
const isConfinable = ({ action, resourceType }: AtomRequest): boolean =>
  action === "search" && !isSharedType(resourceType);

/** What a search by the atom may return, where its context holds. */
function confinementOf(atom: Atom, request: AtomRequest): Confinement | null {
  const { contextPatient, resourcePatients } = request;
  const { constraint, context } = atom;
  // Of a search that names others too it is left open whether it is for what is about all of them, or any.
  const isOwn = resourcePatients.length === 1 || (resourcePatients.length === 0 && reachesNobodys(request));
  const patient = context === "PATIENT" && !isOwn ? contextPatient : null;
  if (constraint.length === 0) return patient === null ? null : { condition: null, patient };
  return { condition: { constraint: printConstraint(constraint), type: "constraint" }, patient };
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
 * - Actions are equal by canonical name. A request names one type, or, in a search, `*` for all types.
 * - PATIENT needs a patient in context and a resource that names that patient, for `create` too. A search that names
 *   nobody, or others too, is confined to that patient. What the shared types have belongs to nobody, and is read and
 *   searched where that is set. Ids are compared letter by letter.
 * - A constrained atom matches a `search`, which is confined to the constraint. For any other action the
 *   constraint is compared with the resource; what is not there, or does not tell, does not match.
 */
export function matchAtom(atom: Atom, request: AtomRequest): AtomMatch {
  if (request.resourceType === "*" && request.action !== "search") return no({ because: "NO_TYPE" });
  if (atom.action !== request.action) return no({ because: "ACTION", permits: atom.action, requested: request.action });
  if (!typeCovers(atom, request.resourceType))
    return no({ because: "TYPE", reaches: atom.resourceType, requested: request.resourceType });
  const context = contextProblem(atom, request);
  if (context !== null) return no(context);
  if (request.action === "search") return { matches: true, within: confinementOf(atom, request) };
  const constraint = mismatchOf(atom, request);
  return constraint === null ? { matches: true, within: null } : no(constraint);
}
