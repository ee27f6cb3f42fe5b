import type { Atom } from "../../scopes/atom.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { ReadCondition } from "../conditions.ts";
import type { RuleTerms } from "../ruleGroup.ts";
import type { Snapshot } from "../snapshot.ts";
import { lintRule } from "./lintRule.ts";
import type { RuleLintFinding } from "./ruleFinding.ts";

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
