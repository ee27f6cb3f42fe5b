import { wildcardType } from "../../../src/domain/scopes/lint/wildcardType.ts";
import { testRule } from "./testRule.ts";

testRule(wildcardType, {
  code: "WILDCARD_TYPE",
  severity: "REFUSE",
  finds: [
    [{ atoms: [{ resourceType: "*" }] }, "takes in every type"],
    [{ atoms: [{}, { resourceType: "*", actions: ["search"] }] }, "takes in every type"],
  ],
  leaves: [{}, { atoms: [] }],
});
