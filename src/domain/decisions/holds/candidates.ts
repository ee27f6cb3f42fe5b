import { pushCandidates, pushRules, smartScopesLike } from "../../policy/index/ruleIndex.ts";
import type { Asked } from "../../policy/index/ruleNumber.ts";
import type { Candidate } from "../../policy/index/ruleTable.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule } from "../../policy/types.ts";
import { covers } from "../../scopes/algebra.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import { detailsOf, type HeldRoles } from "./roles.ts";

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

/** What can apply to a decision, by the index: a superset of what Casbin will match, and a small one. */
export function candidatesFor(
  snapshot: Snapshot,
  asked: Asked,
  scopeNames: Iterable<string>,
  held: HeldRoles,
): readonly Candidate[] {
  const roles = detailsOf(held).numbers;
  const found: Candidate[] = [];
  for (const scope of scopeNames) pushCandidates(snapshot.ruleIndex, scope, roles, asked, found);
  pushCandidates(snapshot.ruleIndex, "*", roles, asked, found);
  return found;
}

/** Every rule that applies but for its condition, by the index. */
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
