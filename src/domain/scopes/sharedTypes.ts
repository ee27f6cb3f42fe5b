/**
 * Types that belong to no patient in FHIR R4 and that records of patients refer to: who works where, what there is to be
 * given, and the codes in which all of it is said. Never Binary, which can hold anything of anyone, nor a type of one's own.
 */
const SHARED_TYPES: ReadonlySet<string> = new Set([
  "CodeSystem",
  "ConceptMap",
  "Endpoint",
  "HealthcareService",
  "Location",
  "Medication",
  "NamingSystem",
  "Organization",
  "Practitioner",
  "PractitionerRole",
  "Substance",
  "TerminologyCapabilities",
  "ValueSet",
]);

export const isSharedType = (resourceType: string): boolean => SHARED_TYPES.has(resourceType);

export const sharedTypes: readonly string[] = [...SHARED_TYPES];
