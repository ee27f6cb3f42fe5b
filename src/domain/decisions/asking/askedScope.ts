import { groupBy } from "../../kernel/groupBy.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type ScopeWords, scopeWords } from "../granting/scopeWords.ts";
import { meantVersion } from "../holds/lifecycle.ts";

/** What may be done to data of a type. */
export interface AskedData {
  /** `*`: of any type. */
  readonly resourceType: string;
  readonly actions: readonly string[];
}

/** A scope as a patient is asked for it, in words, and by what it reaches. */
export interface AskedScope extends ScopeWords {
  readonly scope: string;
  readonly data: readonly AskedData[];
}

/** By the policy as it is now. `languages`: the best first; null: any. */
export function askedScope(snapshot: Snapshot, scope: string, languages: readonly string[] | null): AskedScope {
  const atoms = (parseSmartScope(scope) ?? meantVersion(snapshot.scopes.get(scope) ?? []))?.atoms ?? [];
  const data = [...groupBy(atoms, ({ resourceType }) => resourceType)].map(([resourceType, same]) => ({
    resourceType,
    actions: [...new Set(same.map(({ action }) => action))],
  }));
  return { scope, ...scopeWords(snapshot, { requested: scope, scopes: [scope] }, languages), data };
}
