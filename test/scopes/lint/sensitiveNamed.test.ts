import { sensitiveNamed } from "../../../src/domain/scopes/lint/sensitiveNamed.ts";
import { testRule } from "./testRule.ts";

testRule(sensitiveNamed, {
  code: "SENSITIVE_CATEGORY",
  severity: "WARNING",
  finds: [
    [{ name: "view_hiv_results" }, "HIV"],
    [{ name: "view_psychotherapy_notes" }, "behavioural health"],
    [{ name: "substance_use_records" }, "substance use"],
    [{ name: "view_pregnancy_data" }, "reproductive health"],
    [{ name: "mentalHealthNotes" }, "behavioural health"],
    [{ name: "view_notes", title: "Notes on mental health" }, "keeps Observation to that"],
  ],
  leaves: [
    { name: "view_hiv_results", atoms: [{ constraint: "category=a" }] },
    { name: "view_substance", atoms: [{ resourceType: "Substance" }] },
    { name: "view_hives" },
  ],
});
