import { parameterKind, patientParameters } from "./evaluation.ts";
import { SEARCH_PATHS } from "./searchPaths.ts";

/** Whether FHIR R4 has resources of this type with something to search them by. */
export const isResourceType = (type: string): boolean => type !== "Resource" && Object.hasOwn(SEARCH_PATHS, type);

/** Whether resources of this type belong to patients (R4, the compartment Patient). */
export const isOfPatients = (type: string): boolean => patientParameters(type).length > 0;

/**
 * The type of a search parameter whose values can be read from a resource (R4, section 3.1.1.4): `token`, `reference`, `date` ... Null: there is none, or
 * it is no path, so that nobody can tell what it looks at.
 */
export function searchParameterKind(type: string, parameter: string): string | null {
  const isPath = [type, "Resource"].some((of) => Object.hasOwn(SEARCH_PATHS[of] ?? {}, parameter));
  return isPath ? parameterKind(type, parameter, "R4") : null;
}
