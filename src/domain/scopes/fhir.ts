import dstu2 from "./definitions/dstu2.json" with { type: "json" };
import r4 from "./definitions/r4.json" with { type: "json" };
import r4b from "./definitions/r4b.json" with { type: "json" };
import r5 from "./definitions/r5.json" with { type: "json" };
import stu3 from "./definitions/stu3.json" with { type: "json" };
import { editDistance, nearest } from "./nearest.ts";

/** A release of FHIR: 1.0.2, 3.0.1, 4.0.1, 4.3.0, 5.0.0. */
export type FhirVersion = "DSTU2" | "STU3" | "R4" | "R4B" | "R5";

/** Of those who don't say. */
export const DEFAULT_FHIR_VERSION: FhirVersion = "R4";

/** The FHIR type of a search parameter (FHIR R4, section 3.1.1.4; `special` ones can't be a constraint). */
export type ParameterKind = "token" | "reference" | "string" | "uri" | "date" | "number" | "quantity" | "composite";

type Parameters = { readonly [K in ParameterKind]?: readonly string[] };
interface Definitions {
  readonly resourceTypes: readonly string[];
  readonly searchParameters: { readonly [type: string]: Parameters };
  /** By type, then by reference parameter: where its references lead. Without those that may lead anywhere; absent: not known. */
  readonly referenceTargets?: { readonly [type: string]: { readonly [parameter: string]: readonly string[] } };
  readonly patientCompartment: { readonly [type: string]: readonly string[] };
}
const definitions: Readonly<Record<FhirVersion, Definitions>> = { R4: r4, R5: r5, R4B: r4b, STU3: stu3, DSTU2: dstu2 };

/** Every version that is known, the default first: what is said of any of them is looked for in this order. */
export const FHIR_VERSIONS = Object.keys(definitions) as readonly FhirVersion[];

interface Known {
  readonly types: ReadonlySet<string>;
  /** By resource type, `Resource` for every one, then by name. */
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, ParameterKind>>;
  readonly compartment: ReadonlyMap<string, readonly string[]>;
}

const kindsOf = (parameters: Parameters): ReadonlyMap<string, ParameterKind> =>
  new Map(Object.entries(parameters).flatMap(([kind, names]) => names.map((name) => [name, kind as ParameterKind])));

function read({ patientCompartment, resourceTypes, searchParameters }: Definitions): Known {
  return {
    types: new Set(resourceTypes),
    parameters: new Map(Object.entries(searchParameters).map(([type, parameters]) => [type, kindsOf(parameters)])),
    compartment: new Map(Object.entries(patientCompartment)),
  };
}

const known = Object.fromEntries(FHIR_VERSIONS.map((version) => [version, read(definitions[version])])) as Readonly<
  Record<FhirVersion, Known>
>;

/** The concrete resource types of a version, in alphabetical order. */
export const fhirTypesOf = (version: FhirVersion): ReadonlySet<string> => known[version].types;

/** The concrete resource types of all versions: those of R4 first. */
export const fhirTypes: ReadonlySet<string> = new Set(FHIR_VERSIONS.flatMap((version) => [...fhirTypesOf(version)]));

/** Whether FHIR defines this concrete resource type, in exactly this spelling. `version` null: any version. */
export function isFhirType(name: string, version: FhirVersion | null = null): boolean {
  return (version === null ? fhirTypes : fhirTypesOf(version)).has(name);
}

/** The versions that define this resource type. */
export const versionsOf = (name: string): readonly FhirVersion[] =>
  FHIR_VERSIONS.filter((version) => isFhirType(name, version));

/**
 * The FHIR type of a search parameter of a resource type, or null if the version has none of that name. For `*`,
 * and for types that FHIR does not define, only the parameters that every resource has are known: `_id`,
 * `_lastUpdated`, `_profile`, `_security`, `_source` (not before R4), `_tag`. `version` null: any version, R4 first.
 */
export function parameterKind(
  resourceType: string,
  parameter: string,
  version: FhirVersion | null = null,
): ParameterKind | null {
  if (version === null) {
    for (const one of FHIR_VERSIONS) {
      const kind = parameterKind(resourceType, parameter, one);
      if (kind !== null) return kind;
    }
    return null;
  }
  const { parameters } = known[version];
  return parameters.get(resourceType)?.get(parameter) ?? parameters.get("Resource")?.get(parameter) ?? null;
}

/** The FHIR types of all search parameters of this name, of whatever resource type and version; empty: there is none. */
export function parameterKinds(parameter: string): ReadonlySet<ParameterKind> {
  const kinds = FHIR_VERSIONS.flatMap((version) =>
    [...known[version].parameters.values()].flatMap((parameters) => parameters.get(parameter) ?? []),
  );
  return new Set(kinds);
}

/** The names of the search parameters that may stand in a constraint on this type (`*`: those of every type). */
export function parameterNames(resourceType: string, version: FhirVersion = DEFAULT_FHIR_VERSION): readonly string[] {
  const { parameters } = known[version];
  return [...(parameters.get(resourceType)?.keys() ?? []), ...(parameters.get("Resource")?.keys() ?? [])];
}

/**
 * The parameters by which a type belongs to the compartment of a patient; empty if it does not. In R4 where that defines
 * the type, else in another version that does.
 */
export function patientParameters(resourceType: string): readonly string[] {
  const [version = DEFAULT_FHIR_VERSION] = versionsOf(resourceType);
  return known[version].compartment.get(resourceType) ?? [];
}

/** Of all versions, R4 first. */
const targetsOf = (resourceType: string): { readonly [parameter: string]: readonly string[] } | undefined => {
  for (const version of FHIR_VERSIONS) {
    const targets = definitions[version].referenceTargets?.[resourceType];
    if (targets !== undefined) return targets;
  }
  return undefined;
};

/**
 * The search parameters of a type whose references lead to resources of the target's type. Without those that may lead to anything
 * (`focus` of an Observation). Null: not known.
 */
export function parametersLeadingTo(resourceType: string, target: string): readonly string[] | null {
  const targets = targetsOf(resourceType);
  if (targets === undefined) return null;
  return Object.keys(targets).filter((parameter) => targets[parameter]?.includes(target));
}

/** The FHIR type that a misspelt name probably means, or null. `version` null: of any version. */
export function nearestFhirType(name: string, version: FhirVersion | null = null): string | null {
  return nearest(name, version === null ? fhirTypes : fhirTypesOf(version));
}

const typesByLowerCase: ReadonlyMap<string, string> = new Map([...fhirTypes].map((name) => [name.toLowerCase(), name]));

/** The FHIR type, of whatever version, that this name is in whatever letters; null: none. */
export const fhirTypeByLetters = (name: string): string | null => typesByLowerCase.get(name.toLowerCase()) ?? null;

/** The FHIR type that this name, which is none, differs from by letter case or by one edit only; else null. */
export function slipOfFhirType(name: string, version: FhirVersion | null = null): string | null {
  const near = isFhirType(name) ? null : nearestFhirType(name, version);
  if (near === null) return null;
  return near.toLowerCase() === name.toLowerCase() || editDistance(name, near) <= 1 ? near : null;
}
