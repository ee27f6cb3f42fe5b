import { typeLooksLikeFhir } from "../../../src/domain/scopes/lint/typeLooksLikeFhir.ts";
import { testRule } from "./testRule.ts";

testRule(typeLooksLikeFhir, {
  code: "TYPE_LOOKS_LIKE_FHIR",
  severity: "WARNING",
  finds: [[{ atoms: [{ resourceType: "observation" }] }, "Write Observation"]],
  leaves: [{}, { atoms: [{ resourceType: "todo" }] }],
});
