import { allowEveryScope } from "../../../src/domain/policy/lint/allowEveryScope.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

testRuleCheck(allowEveryScope, {
  code: "ALLOW_EVERY_SCOPE",
  finds: [
    [{ scope: "*", atoms: null }, "REFUSE", "those that are registered later included"],
    [{ scope: "*", atoms: null, when: 'purposeOfUse == "BTG"' }, "REFUSE", "Name the scope"],
  ],
  // Under a named scope a rule reaches no further than the scope does.
  leaves: [{ action: "*", resourceType: "*" }, { scope: "*", atoms: null, effect: "DENY" }, { scope: "patient/*.rs" }],
});
