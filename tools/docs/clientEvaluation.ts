/** What the client library has of the service's own code: print.ts bundles it. */
export { conditionMet } from "../../src/domain/decisions/conditionMet.ts";
export { completeListProblems } from "../../src/domain/scopes/completeLists.ts";
export { parameterKind, patientParameters } from "../../src/domain/scopes/fhir.ts";
