import fhirData from "./fhirData.json" with { type: "json" };
import { editDistance, nearest } from "./nearest.ts";

/** The FHIR type of a search parameter (FHIR R4, section 3.1.1.4; `special` ones can't be a constraint). */
export type ParameterKind = "token" | "reference" | "string" | "uri" | "date" | "number" | "quantity" | "composite";

type Parameters = { readonly [K in ParameterKind]?: readonly string[] };
const searchParameters: { readonly [type: string]: Parameters } = fhirData.searchParameters;
const compartment: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(fhirData.patientCompartment));

/** The 146 concrete resource types of FHIR R4 (4.0.1), in alphabetical order. */
export const fhirTypes: ReadonlySet<string> = new Set(fhirData.resourceTypes);

const kindsOf = (parameters: Parameters): ReadonlyMap<string, ParameterKind> =>
  new Map(Object.entries(parameters).flatMap(([kind, names]) => names.map((name) => [name, kind as ParameterKind])));

const parametersByType: ReadonlyMap<string, ReadonlyMap<string, ParameterKind>> = new Map(
  Object.entries(searchParameters).map(([type, parameters]) => [type, kindsOf(parameters)]),
);

/** Whether FHIR R4 defines this concrete resource type, in exactly this spelling. */
export function isFhirType(name: string): boolean {
  return fhirTypes.has(name);
}

/**
 * The FHIR type of a search parameter of a resource type, or null if it has none of that name. For `*`,
 * and for types that FHIR does not define, only the parameters that every resource has are known: `_id`,
 * `_lastUpdated`, `_profile`, `_security`, `_source`, `_tag`.
 */
export function parameterKind(resourceType: string, parameter: string): ParameterKind | null {
  return parametersByType.get(resourceType)?.get(parameter) ?? parametersByType.get("Resource")?.get(parameter) ?? null;
}

/** The names of the search parameters that may stand in a constraint on this type (`*`: those of every type). */
export function parameterNames(resourceType: string): readonly string[] {
  const own = parametersByType.get(resourceType)?.keys() ?? [];
  return [...own, ...(parametersByType.get("Resource")?.keys() ?? [])];
}

/** The parameters by which a type belongs to the compartment of a patient; empty if it does not. */
export function patientParameters(resourceType: string): readonly string[] {
  return compartment.get(resourceType) ?? [];
}

/** The FHIR type that a misspelt name probably means, or null. */
export function nearestFhirType(name: string): string | null {
  return nearest(name, fhirTypes);
}

/** The FHIR type that this name, which is none, differs from by letter case or by one edit only; else null. */
export function slipOfFhirType(name: string): string | null {
  const near = isFhirType(name) ? null : nearestFhirType(name);
  if (near === null) return null;
  return near.toLowerCase() === name.toLowerCase() || editDistance(name, near) <= 1 ? near : null;
}
