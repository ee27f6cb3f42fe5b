import type { Atom } from "../../scopes/atom.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { ReadCondition } from "../conditions.ts";
import type { RuleTerms } from "../ruleGroup.ts";
import type { Snapshot } from "../snapshot.ts";
import { allowEveryRole } from "./allowEveryRole.ts";
import { allowEveryScope } from "./allowEveryScope.ts";
import { hiddenCharacter } from "./hiddenCharacter.ts";
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
  hiddenCharacter,
  purposeUnknown,
  outsideScope,
  organizationUnknown,
  subjectNeverThere,
];

/** What is wrong or unwise about a rule (docs/rules.md, "What makes a good rule"). At most one finding a code. */
function lintRule(input: RuleLintInput): readonly RuleLintFinding[] {
  return ruleChecks.flatMap((check) => check(input) ?? []);
}

/** What a scope permits or, as long as it is a draft, will; null where the policy does not know it. */
function atomsOf(snapshot: Snapshot, scope: string): readonly Atom[] | null {
  const smart = parseSmartScope(scope);
  if (smart !== null) return smart.atoms;
  const versions = snapshot.scopes.get(scope);
  if (versions === undefined) return null;
  const living = versions.filter(({ state }) => state !== "RETIRED");
  return (living.length > 0 ? living : versions).flatMap(({ atoms }) => atoms);
}

/** Whether anybody holds a role in an organization. */
function hasRoles(snapshot: Snapshot, organization: string): boolean {
  for (const held of snapshot.assignments.values())
    for (const assignment of held.values()) if (assignment.organization === organization) return true;
  return false;
}

/** What the lint finds in a rule of a policy. Its condition must have been checked. */
export function lintRuleIn(
  snapshot: Snapshot,
  rule: RuleTerms,
  readCondition: ReadCondition,
): readonly RuleLintFinding[] {
  return lintRule({
    rule,
    terms: rule.when === null ? null : readCondition(rule.when),
    atoms: rule.scope === "*" ? null : atomsOf(snapshot, rule.scope),
    isOrganization: snapshot.assignments.size === 0 ? null : (id) => hasRoles(snapshot, id),
  });
}
