import { severalKinds } from "../../../src/domain/scopes/lint/severalKinds.ts";
import { testRule } from "./testRule.ts";

testRule(severalKinds, {
  code: "SEVERAL_KINDS",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ actions: ["read", "approve"] }] }, "read and approve"],
    [{ atoms: [{ actions: ["read", "update", "approve"] }] }, "read, write and approve"],
  ],
  leaves: [
    { atoms: [{ actions: ["read", "search"] }] },
    { atoms: [{ actions: ["read", "update"] }] },
    { atoms: [{}, { resourceType: "Slot", actions: ["approve"] }] },
  ],
});
