import { wholeRecord } from "../../../src/domain/scopes/lint/wholeRecord.ts";
import { testRule } from "./testRule.ts";

testRule(wholeRecord, {
  code: "WHOLE_RECORD_OPERATION",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ resourceType: "Group", actions: ["$export"] }] }, "$export"],
    [{ atoms: [{ resourceType: "Patient", actions: ["$everything", "$summary"] }] }, "$everything and $summary"],
  ],
  leaves: [{ atoms: [{ actions: ["$validate"] }] }, {}],
});
