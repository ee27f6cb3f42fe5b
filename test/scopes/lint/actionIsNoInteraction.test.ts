import { actionIsNoInteraction } from "../../../src/domain/scopes/lint/actionIsNoInteraction.ts";
import { testRule } from "./testRule.ts";

testRule(actionIsNoInteraction, {
  code: "ACTION_NOT_AN_INTERACTION",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ actions: ["write"] }] }, "write create, update and delete"],
    [{ atoms: [{ actions: ["Read"] }] }, "write read"],
    [{ atoms: [{ actions: ["view"] }] }, "write read and search"],
  ],
  leaves: [{}, { atoms: [{ actions: ["approve"] }] }, { atoms: [{ resourceType: "todo", actions: ["view"] }] }],
});
