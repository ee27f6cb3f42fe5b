import type { Members, Problem } from "../answers.ts";

/** What is stated of one resource. What is left out is not known. */
export interface Stated {
  readonly type: string;
  readonly id: string | null;
  /** All whose it is; null: that can't be told. */
  readonly patients: readonly string[] | null;
  readonly labels: readonly string[] | null;
  readonly attributes: Members;
  readonly fhirVersion: "R4";
}

export type Met = "YES" | "NO" | "UNKNOWN";

/** What `evaluation.ts` has of the service's own code. */
export interface Evaluation {
  /** Whether a resource meets a condition. */
  conditionMet(condition: unknown, of: "FILTER" | "REDACT", resource: Stated): Met;
  /** What the service would refuse of `codes` and `references`. */
  completeListProblems(attributes: Members, path: string): Iterable<Problem>;
  /** The type of a search parameter; null: there is none. */
  parameterKind(resourceType: string, parameter: string, version: "R4"): string | null;
  /** The parameters by which a type belongs to the compartment of a patient. */
  patientParameters(resourceType: string): readonly string[];
}
