import { codeSystemUnrecognised } from "../../../src/domain/scopes/lint/codeSystemUnrecognised.ts";
import { testRule } from "./testRule.ts";

testRule(codeSystemUnrecognised, {
  code: "CODE_SYSTEM_UNRECOGNISED",
  severity: "WARNING",
  finds: [[{ atoms: [{ constraint: "code=http://terminology.hl7.org/CodeSystem/brand-new|a" }] }, "brand-new"]],
  leaves: [
    { atoms: [{ constraint: "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory" }] },
    { atoms: [{ constraint: "code=http://example.org/own|a" }] },
  ],
});
