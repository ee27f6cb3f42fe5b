import { smartScopesNamed } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { covers } from "../../scopes/algebra.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";

/** The names by which rules may mean a presented scope: its own, and SMART scopes that cover it. */
export function scopeNames(snapshot: Snapshot, scope: string, smart: SmartScope | null): ReadonlySet<string> {
  const names = new Set([scope]);
  if (smart === null) return names;
  for (const name of smartScopesNamed(snapshot, smart)) {
    const named = parseSmartScope(name);
    if (named !== null && covers(named.atoms, smart.atoms)) names.add(name);
  }
  return names;
}
