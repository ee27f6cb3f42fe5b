import { pushRules, smartScopesLike } from "../../policy/ruleIndex.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule } from "../../policy/types.ts";
import { covers } from "../../scopes/algebra.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";

/** The names by which rules may mean a presented scope: its own, and SMART scopes that cover it. */
export function scopeNames(snapshot: Snapshot, scope: string, smart: SmartScope | null): ReadonlySet<string> {
  const names = new Set([scope]);
  if (smart === null) return names;
  for (const name of smartScopesLike(snapshot.ruleIndex, smart.context, smart.resourceType)) {
    const named = parseSmartScope(name);
    if (named !== null && covers(named.atoms, smart.atoms)) names.add(name);
  }
  return names;
}

/** Every rule that can apply, by the index: a superset of those that Casbin will match, and a small one. */
export function candidateRules(
  snapshot: Snapshot,
  asked: {
    readonly scopeNames: Iterable<string>;
    readonly roles: Iterable<string>;
    readonly action: string;
    readonly resourceType: string;
  },
): readonly Rule[] {
  const { action, resourceType } = asked;
  const roles = [...asked.roles, "*"];
  const found: Rule[] = [];
  for (const scope of [...asked.scopeNames, "*"])
    pushRules(snapshot.ruleIndex, { scope, action, resourceType }, roles, found);
  return found;
}
