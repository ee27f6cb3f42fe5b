import type { Atom, Constraint } from "./atom.ts";
import { valueWithin } from "./constraintValue.ts";
import { typeCovers } from "./cover.ts";
import { parameterKind } from "./fhir.ts";

/** What a request offers for the comparison with an atom. */
export interface AtomRequest {
  /** Canonical. */
  readonly action: string;
  readonly resourceType: string;
  readonly resourcePatient: string | null;
  readonly contextPatient: string | null;
  readonly hasSubject: boolean;
  /** By search parameter: a string or a list of strings, tokens as `system|code`. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Why an atom does not permit a request. NO_ATOMS: there is none that could. ABSENT: the resource has no such attribute;
 * NOT_VERIFIABLE: it has one, which is no text. Members are in the order of canonical JSON.
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

/** The strings under a name, or null if there is anything else or nothing there. */
function attributeValues(attributes: AtomRequest["attributes"], name: string): readonly string[] | null {
  if (!Object.hasOwn(attributes, name)) return null;
  const value = attributes[name];
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return null;
  const strings = value.filter((item): item is string => typeof item === "string");
  // One odd item may be the one that matters: the whole attribute is then not to be relied on.
  return strings.length === value.length ? strings : null;
}

/** Why one resource does not, or can't be seen to, satisfy a constraint, or null. */
function constraintProblem(atom: Atom, attributes: AtomRequest["attributes"]): Mismatch | null {
  for (const { parameter, values } of atom.constraint) {
    const actual = attributeValues(attributes, parameter);
    if (actual === null)
      return { because: Object.hasOwn(attributes, parameter) ? "NOT_VERIFIABLE" : "ABSENT", parameter };
    const isToken = parameterKind(atom.resourceType, parameter) === "token";
    const within = (value: string, wanted: string): boolean =>
      value === wanted || (isToken && value !== "" && valueWithin(value, wanted));
    if (!actual.some((value) => values.some((wanted) => within(value, wanted))))
      return { because: "VALUES", parameter, values };
  }
  return null;
}

/**
 * Whether an atom permits a request (docs/scopes.md), strictly:
 * - Actions are equal by canonical name. A request names one type; `*` as a type of a request is none.
 * - PATIENT needs a patient in context and a resource of exactly that patient, for `search` and `create`
 *   too: a search that names no patient does not match. Ids are compared letter by letter
 *   (`Patient/1` is not `1`).
 * - A constrained atom matches a `search` with the constraint as `filter`. For any other action the
 *   constraint is compared with the attributes; what is not there can't be verified and does not match.
 */
export function matchAtom(atom: Atom, request: AtomRequest): AtomMatch {
  if (request.resourceType === "*") return no({ because: "NO_TYPE" });
  if (atom.action !== request.action) return no({ because: "ACTION", permits: atom.action, requested: request.action });
  if (!typeCovers(atom, request.resourceType))
    return no({ because: "TYPE", reaches: atom.resourceType, requested: request.resourceType });
  const context = contextProblem(atom, request);
  if (context !== null) return no(context);
  if (request.action === "search") return { matches: true, filter: atom.constraint };
  const constraint = constraintProblem(atom, request.attributes);
  return constraint === null ? { matches: true, filter: [] } : no(constraint);
}
