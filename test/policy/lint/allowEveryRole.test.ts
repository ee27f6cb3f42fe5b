import { allowEveryRole } from "../../../src/domain/policy/lint/allowEveryRole.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

testRuleCheck(allowEveryRole, {
  code: "ALLOW_EVERY_ROLE",
  finds: [
    [{ role: "*" }, "REFUSE", "It allows everybody, those who hold no role included, without a condition."],
    [{ role: "*", when: "true" }, "REFUSE", "looks at nothing of the request"],
    [{ role: "*", when: '"a" in ["a"]' }, "REFUSE", "looks at nothing of the request"],
  ],
  leaves: [
    {},
    { role: "*", effect: "DENY" },
    { role: "*", when: 'purposeOfUse == "TREAT"' },
    { role: "*", when: "has(subject.id)" },
  ],
});
