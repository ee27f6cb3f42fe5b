import { organizationUnknown } from "../../../src/domain/policy/lint/organizationUnknown.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

testRuleCheck(organizationUnknown, {
  code: "ORGANIZATION_UNKNOWN",
  finds: [
    [{ when: 'resource.organization == "lakesied"' }, "WARNING", "with lakesied, in which nobody holds a role"],
    [{ when: '!(subject.organization in ["lakeside", "hilltop"])', effect: "DENY" }, "WARNING", "hilltop"],
  ],
  leaves: [
    {},
    { when: 'resource.organization == "lakeside"' },
    { when: "resource.organization == subject.organization" },
  ],
});
