import { allCapabilities } from "../../../src/domain/scopes/lint/allCapabilities.ts";
import { testRule } from "./testRule.ts";

testRule(allCapabilities, {
  code: "WILDCARD_ACTIONS",
  severity: "REFUSE",
  finds: [
    [
      { atoms: [{ actions: ["create", "read", "update", "delete", "search"] }] },
      "Everything can be done to Observation",
    ],
    [
      { atoms: [{ actions: ["create", "read", "update"] }, { actions: ["delete", "search"] }] },
      "Everything can be done to Observation",
    ],
  ],
  leaves: [
    { atoms: [{ actions: ["create", "read", "update", "delete"] }] },
    { atoms: [{ actions: ["create", "read", "update"] }, { resourceType: "Slot", actions: ["delete", "search"] }] },
  ],
});
