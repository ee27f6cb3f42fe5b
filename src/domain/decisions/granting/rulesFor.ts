import { findRules } from "../../policy/findRules.ts";
import type { DeniedScope } from "../../policy/smartRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule } from "../../policy/types.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import { meansScope, type ScopeNames, scopeNames } from "../holds/scopeNames.ts";
import { spanned } from "../holds/spanned.ts";
import type { Cell } from "./cells.ts";
import type { Use } from "./uses.ts";

const denies = ({ effect }: Rule): boolean => effect === "DENY";

/** The rules that mean every request of a cell that a scope covers in one way, but for their conditions. */
export function rulesFor(
  snapshot: Snapshot,
  { scope, smart }: { readonly scope: string; readonly smart: SmartScope | null },
  { action, place: { roles }, resourceType, within = [] }: Cell,
  {
    use,
    denied,
    asked,
  }: {
    readonly use: Use;
    /** The SMART scopes whose deny rules hold for all of them. */
    readonly denied: readonly DeniedScope[];
    /** The action as it is asked. */
    readonly asked: string;
  },
): { readonly names: ScopeNames; readonly rules: readonly Rule[] } {
  const names = scopeNames(snapshot, { ...use, scope }, denied);
  const found = findRules(snapshot, { scopes: names.all, roles, action, resourceType });
  const query = { action, resourceType };
  const also = spanned(snapshot, { asked, check: { smart, within }, names: names.all, query, roles }) ?? [];
  const others = also.flatMap((each) => {
    const rules = findRules(snapshot, { scopes: names.all, roles, ...each });
    return each.allows ? rules : rules.filter(denies);
  });
  return { names, rules: [...new Set([...found, ...others])].filter((rule) => meansScope(names, rule)) };
}
