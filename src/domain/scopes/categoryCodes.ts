/**
 * The codes of the systems that category scopes are made of: FHIR R4's own, and US Core's, whose
 * implementation guide names the granular scopes. Small, and enough to name an example or a slip.
 */
const OBSERVATION = "http://terminology.hl7.org/CodeSystem/observation-category";
const CONDITION = "http://terminology.hl7.org/CodeSystem/condition-category";
const US_CORE_CONDITION = "http://hl7.org/fhir/us/core/CodeSystem/condition-category";
const US_CORE = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category";

const codesBySystem: ReadonlyMap<string, readonly string[]> = new Map([
  [
    OBSERVATION,
    ["laboratory", "vital-signs", "social-history", "survey", "imaging", "procedure", "exam", "therapy", "activity"],
  ],
  [CONDITION, ["problem-list-item", "encounter-diagnosis"]],
  [US_CORE_CONDITION, ["health-concern"]],
  [
    US_CORE,
    [
      "sdoh",
      "functional-status",
      "disability-status",
      "cognitive-status",
      "treatment-intervention-preference",
      "care-experience-preference",
      "observation-adi-documentation",
    ],
  ],
]);

const systemsByParameter: ReadonlyMap<string, readonly string[]> = new Map([
  ["Observation.category", [OBSERVATION, US_CORE]],
  ["Condition.category", [CONDITION, US_CORE_CONDITION, US_CORE]],
]);

/** All codes of a system, or null if they are not known here. */
export function codesOf(system: string): readonly string[] | null {
  return codesBySystem.get(system) ?? null;
}

/** Tokens that a resource of this type may carry under this parameter; empty if none are known here. */
export function exampleTokens(resourceType: string, parameter: string): readonly string[] {
  const systems = systemsByParameter.get(`${resourceType}.${parameter}`) ?? [];
  return systems.flatMap((system) => (codesBySystem.get(system) ?? []).map((code) => `${system}|${code}`));
}
