import { type Atom, actionOn } from "../../scopes/atom.ts";
import { EXPORT, EXPORT_LEVELS } from "../../scopes/exports.ts";
import type { Rule } from "../types.ts";
import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";

type Meant = Pick<Rule, "action" | "resourceType">;

const meets = (atom: Atom, resourceType: string): boolean =>
  resourceType === "*" || atom.resourceType === "*" || atom.resourceType === resourceType;

/** An export is an action of its own, which system scopes reach, and at whose levels other types are taken out. */
const exports = (atom: Atom, { action, resourceType }: Meant): boolean =>
  action === EXPORT && atom.context === "SYSTEM" && (EXPORT_LEVELS.includes(resourceType) || meets(atom, resourceType));

/** A search over all types has names of its own, too. */
const searchesAll = (atom: Atom, { action }: Meant): boolean =>
  atom.action === "search" && atom.resourceType === "*" && actionOn(action, "*") === "search";

const reaches = (atom: Atom, rule: Meant): boolean =>
  ((rule.action === "*" || atom.action === rule.action) && meets(atom, rule.resourceType)) ||
  exports(atom, rule) ||
  searchesAll(atom, rule);

/**
 * An action and a type that its scope does not reach, so that the rule never matches. A DENY of that kind protects
 * nothing, whatever its author believes; an ALLOW does no harm.
 */
export function outsideScope({ rule, atoms }: RuleLintInput): RuleLintFinding | null {
  if (atoms === null || atoms.some((atom) => reaches(atom, rule))) return null;
  const what = `${rule.action === "*" ? "any action" : rule.action} on ${rule.resourceType === "*" ? "any type" : rule.resourceType}`;
  const some = [...new Set(atoms.map(({ action, resourceType }) => `${action} on ${resourceType}`))].slice(0, 5);
  return {
    code: "OUTSIDE_SCOPE",
    severity: rule.effect === "DENY" ? "REFUSE" : "WARNING",
    message: `It never matches: the scope ${rule.scope} does not reach ${what}.`,
    narrowing: `Name what the scope reaches (${some.length === 0 ? "nothing" : some.join(", ")}), or the scope that is meant.`,
  };
}
