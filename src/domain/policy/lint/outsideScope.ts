import type { Atom } from "../../scopes/atom.ts";
import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";

/** `$export` is an action of its own that broad system scopes may reach (docs/scopes.md). */
const reaches = (atom: Atom, action: string): boolean =>
  action === "*" || atom.action === action || (action === "$export" && atom.context === "SYSTEM");

const meets = (atom: Atom, resourceType: string): boolean =>
  resourceType === "*" || atom.resourceType === "*" || atom.resourceType === resourceType;

/**
 * An action and a type that its scope does not reach, so that the rule never matches. A DENY of that kind protects
 * nothing, whatever its author believes; an ALLOW does no harm.
 */
export function outsideScope({ rule, atoms }: RuleLintInput): RuleLintFinding | null {
  if (atoms === null || atoms.some((atom) => reaches(atom, rule.action) && meets(atom, rule.resourceType))) return null;
  const what = `${rule.action === "*" ? "any action" : rule.action} on ${rule.resourceType === "*" ? "any type" : rule.resourceType}`;
  const some = [...new Set(atoms.map(({ action, resourceType }) => `${action} on ${resourceType}`))].slice(0, 5);
  return {
    code: "OUTSIDE_SCOPE",
    severity: rule.effect === "DENY" ? "REFUSE" : "WARNING",
    message: `It never matches: the scope ${rule.scope} does not reach ${what}.`,
    narrowing: `Name what the scope reaches (${some.length === 0 ? "nothing" : some.join(", ")}), or the scope that is meant.`,
  };
}
