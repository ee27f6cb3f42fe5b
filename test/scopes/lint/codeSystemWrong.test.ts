import { codeSystemWrong } from "../../../src/domain/scopes/lint/codeSystemWrong.ts";
import { testRule } from "./testRule.ts";

testRule(codeSystemWrong, {
  code: "CODE_SYSTEM_WRONG",
  severity: "ERROR",
  finds: [
    [
      {
        atoms: [{ constraint: "category=http://terminology.hl7.org//CodeSystem-observation-category|social-history" }],
      },
      "Write http://terminology.hl7.org/CodeSystem/observation-category.",
    ],
  ],
  leaves: [
    { atoms: [{ constraint: "category=http://terminology.hl7.org/CodeSystem/observation-category|social-history" }] },
    { atoms: [{ constraint: "category=http://example.org/own|a" }] },
    { atoms: [{ constraint: "identifier=mrn|5" }] },
    { atoms: [{ constraint: "category=laboratory" }] },
  ],
});
