import { codeUnknown } from "../../../src/domain/scopes/lint/codeUnknown.ts";
import { testRule } from "./testRule.ts";

testRule(codeUnknown, {
  code: "CODE_UNKNOWN",
  severity: "WARNING",
  finds: [
    [
      { atoms: [{ constraint: "category=http://terminology.hl7.org/CodeSystem/observation-category|labratory" }] },
      "Write laboratory if",
    ],
  ],
  leaves: [
    { atoms: [{ constraint: "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory" }] },
    { atoms: [{ constraint: "category=http://terminology.hl7.org/CodeSystem/observation-category|" }] },
    { atoms: [{ constraint: "code=http://loinc.org|1-1" }] },
  ],
});
