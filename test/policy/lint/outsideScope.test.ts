import { outsideScope } from "../../../src/domain/policy/lint/outsideScope.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

testRuleCheck(outsideScope, {
  code: "OUTSIDE_SCOPE",
  finds: [
    [{ action: "update" }, "WARNING", "the scope view does not reach update on Observation"],
    [{ action: "update", effect: "DENY" }, "REFUSE", "It never matches"],
    [{ resourceType: "Condition" }, "WARNING", "Name what the scope reaches (read on Observation)"],
    [{ action: "*", resourceType: "Condition" }, "WARNING", "any action on Condition"],
    [
      {
        action: "update",
        resourceType: "Condition",
        atoms: [{ actions: ["update"] }, { resourceType: "Condition", actions: ["read"] }],
      },
      "WARNING",
      "update on Condition",
    ],
    [
      { action: "$everything", resourceType: "Patient", atoms: [{ context: "SYSTEM", resourceType: "*" }] },
      "WARNING",
      "$everything",
    ],
    [{ action: "$export", resourceType: "Patient" }, "WARNING", "$export"],
    [
      { action: "$export", resourceType: "Condition", atoms: [{ context: "SYSTEM" }] },
      "WARNING",
      "$export on Condition",
    ],
    [{ action: "search-system", resourceType: "*", atoms: [{ actions: ["search"] }] }, "WARNING", "search-system"],
  ],
  leaves: [
    {},
    { action: "*" },
    { resourceType: "*" },
    { resourceType: "Condition", atoms: [{ resourceType: "*" }] },
    { action: "update", atoms: null },
    { action: "$export", resourceType: "*", atoms: [{ context: "SYSTEM", resourceType: "*" }] },
    { action: "$export", resourceType: "Group", atoms: [{ context: "SYSTEM" }] },
    { action: "search-system", resourceType: "*", atoms: [{ actions: ["search"], resourceType: "*" }] },
  ],
});
