import type { Constraint } from "../atom.ts";
import { type FhirVersion, type ParameterKind, parameterKind } from "../fhir.ts";
import type { Compared, Comparison } from "./comparison.ts";
import { compareComposite } from "./composite.ts";
import { compareDate } from "./date.ts";
import { compareNumber } from "./number.ts";
import { compareQuantity } from "./quantity.ts";
import { compareReference } from "./reference.ts";
import { compareLabel } from "./security.ts";
import { compareString } from "./string.ts";
import { compareToken } from "./token.ts";
import { compareUri } from "./uri.ts";

/** What is known of one resource, for its comparison with a constraint. */
export interface ComparedResource {
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly labels: readonly string[] | null;
  /** By search parameter: a text, a number, a boolean, or a list of them; tokens as `system|code`. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** By which the parameters have their types. */
  readonly fhirVersion: FhirVersion;
}

/** ABSENT: the resource has no such attribute; UNKNOWN: it has one, which does not tell. */
export type ConstraintProblem = { readonly parameter: string } & (
  | { readonly is: "ABSENT" | "UNKNOWN" }
  | { readonly is: "UNMET"; readonly values: readonly string[] }
);

const COMPARISONS: Readonly<Record<ParameterKind, Comparison>> = {
  token: compareToken,
  reference: compareReference,
  string: compareString,
  uri: compareUri,
  date: compareDate,
  number: compareNumber,
  quantity: compareQuantity,
  composite: compareComposite,
};

/** The text of a value of the resource that is compared by this type, or null if it has none. */
function textOf(value: unknown, kind: ParameterKind): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return kind === "token" ? String(value) : null;
  return typeof value === "number" && (kind === "number" || kind === "quantity") ? String(value) : null;
}

/** What the resource has under a parameter; undefined: nothing. */
function valueUnder(resource: ComparedResource, parameter: string): unknown {
  if (parameter === "_id") return resource.resourceId ?? undefined;
  if (parameter === "_security") return resource.labels ?? undefined;
  return Object.hasOwn(resource.attributes, parameter) ? (resource.attributes[parameter] ?? null) : undefined;
}

/** The texts of a value, or null if there is anything else: one odd item may be the one that matters. */
function textsOf(value: unknown, kind: ParameterKind): readonly string[] | null {
  const texts: string[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const text = textOf(item, kind);
    if (text === null) return null;
    texts.push(text);
  }
  return texts;
}

/** One value that is one of those wanted is enough. */
function compareAny(actual: readonly string[], wanted: readonly string[], comparison: Comparison): Compared {
  let found: Compared = "UNMET";
  for (const value of actual) {
    for (const one of wanted) {
      const compared = comparison(value, one);
      if (compared === "MET") return "MET";
      if (compared === "UNKNOWN") found = "UNKNOWN";
    }
  }
  return found;
}

/**
 * Why a resource does not meet a constraint, or can't be seen to, or null. Each parameter is compared by its type:
 * docs/scopes.md, "A constrained scope and a request". `_id` is the id of the resource, `_security` its labels.
 * @param resourceType of the atom: `*`, or that of the resource.
 */
export function constraintProblem(
  constraint: Constraint,
  resourceType: string,
  resource: ComparedResource,
): ConstraintProblem | null {
  for (const { parameter, values } of constraint) {
    const value = valueUnder(resource, parameter);
    if (value === undefined) return { is: "ABSENT", parameter };
    const kind = parameterKind(resourceType, parameter, resource.fhirVersion);
    const texts = kind === null ? null : textsOf(value, kind);
    if (kind === null || texts === null) return { is: "UNKNOWN", parameter };
    const compared = compareAny(texts, values, parameter === "_security" ? compareLabel : COMPARISONS[kind]);
    if (compared === "UNKNOWN") return { is: "UNKNOWN", parameter };
    if (compared === "UNMET") return { is: "UNMET", parameter, values };
  }
  return null;
}
