import { allowEveryRole } from "./allowEveryRole.ts";
import { allowEveryScope } from "./allowEveryScope.ts";
import { organizationUnknown } from "./organizationUnknown.ts";
import { outsideScope } from "./outsideScope.ts";
import { purposeUnknown } from "./purposeUnknown.ts";
import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";
import { subjectNeverThere } from "./subjectNeverThere.ts";

/** A check looks at one thing, and finds it or not. It stands in the file of its name, and has a test of that name. */
export type RuleCheck = (input: RuleLintInput) => RuleLintFinding | null;

/** Every check, in the order in which an author should read the findings: what opens, what protects nothing, the rest. */
export const ruleChecks: readonly RuleCheck[] = [
  allowEveryRole,
  allowEveryScope,
  purposeUnknown,
  outsideScope,
  organizationUnknown,
  subjectNeverThere,
];

/** What is wrong or unwise about a rule (docs/rules.md, "What makes a good rule"). At most one finding a code. */
export function lintRule(input: RuleLintInput): readonly RuleLintFinding[] {
  return ruleChecks.flatMap((check) => check(input) ?? []);
}
