import type { Snapshot } from "../policy/snapshot.ts";
import { DEFAULT_FHIR_VERSION, type FhirVersion } from "../scopes/fhir.ts";
import type { GatheredFacts } from "./gather.ts";
import type { RuleEngine } from "./ruleEngine.ts";

/** All that a decision depends on besides the request. `now` is milliseconds since 1970. */
export interface DecideFacts {
  readonly snapshot: Snapshot;
  readonly engine: RuleEngine;
  readonly now: number;
  /** What was gathered for this request; absent: nothing. */
  readonly gathered?: GatheredFacts;
  /** The version of FHIR whose types and parameters are known; absent: R4. */
  readonly fhirVersion?: FhirVersion;
}

export const fhirVersionOf = ({ fhirVersion = DEFAULT_FHIR_VERSION }: Pick<DecideFacts, "fhirVersion">): FhirVersion =>
  fhirVersion;
