import { readAndWrite } from "../../../src/domain/scopes/lint/readAndWrite.ts";
import { testRule } from "./testRule.ts";

testRule(readAndWrite, {
  code: "READ_AND_WRITE",
  severity: "REFUSE",
  finds: [
    [{ atoms: [{ actions: ["read", "update"] }] }, "Reading and changing"],
    [
      { atoms: [{ actions: ["search"] }, { resourceType: "Slot", actions: ["create", "approve"] }] },
      "Reading and changing",
    ],
  ],
  leaves: [
    { atoms: [{ actions: ["read", "search"] }] },
    { atoms: [{ actions: ["create", "update"] }] },
    { atoms: [{ actions: ["read", "approve"] }] },
  ],
});
