import { severalTypes } from "../../../src/domain/scopes/lint/severalTypes.ts";
import { testRule } from "./testRule.ts";

testRule(severalTypes, {
  code: "SEVERAL_TYPES",
  severity: "WARNING",
  finds: [
    [
      { atoms: [{ resourceType: "Slot" }, { resourceType: "Schedule", actions: ["search"] }] },
      "2 resource types: Schedule and Slot",
    ],
  ],
  leaves: [
    { atoms: [{}, { actions: ["search"] }] },
    { atoms: [{ resourceType: "Slot" }, { resourceType: "Schedule", actions: ["create"] }] },
  ],
});
