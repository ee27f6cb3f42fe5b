import { sensitiveUnconstrained } from "../../../src/domain/scopes/lint/sensitiveUnconstrained.ts";
import { testRule } from "./testRule.ts";

testRule(sensitiveUnconstrained, {
  code: "SENSITIVE_UNCONSTRAINED",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ resourceType: "Condition" }] }, "Condition without a constraint"],
    [{ atoms: [{ resourceType: "*", actions: ["search"] }] }, "substance use"],
  ],
  leaves: [
    { atoms: [{ resourceType: "Condition", constraint: "category=a" }] },
    { atoms: [{ resourceType: "Condition", actions: ["create"] }] },
    { atoms: [{ resourceType: "Immunization" }] },
    { name: "view_hiv_results" },
  ],
});
