import { mixedTypesAndKinds } from "../../../src/domain/scopes/lint/mixedTypesAndKinds.ts";
import { testRule } from "./testRule.ts";

testRule(mixedTypesAndKinds, {
  code: "UNRELATED_ATOMS",
  severity: "REFUSE",
  finds: [
    [
      { atoms: [{ resourceType: "Condition" }, { resourceType: "Slot", actions: ["create"] }] },
      "read and write on Condition and Slot",
    ],
    [
      { atoms: [{ resourceType: "Slot" }, { resourceType: "todo", actions: ["approve"] }] },
      "read and approve on Slot and todo",
    ],
  ],
  leaves: [
    { atoms: [{ resourceType: "Slot" }, { resourceType: "Schedule", actions: ["search"] }] },
    { atoms: [{ actions: ["read", "update"] }] },
  ],
});
