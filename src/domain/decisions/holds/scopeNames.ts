import { type DeniedScope, smartScopesCovering, smartScopesDenied } from "../../policy/smartRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule } from "../../policy/types.ts";
import type { Atom, Constraint } from "../../scopes/atom.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import { excludes, mayMatch } from "../../scopes/mayMatch.ts";

/** The names of scopes by which rules may mean an access that a scope covers. */
export interface ScopeNames {
  /** Of allow rules: of a custom scope its own, of a SMART scope those within which its atom is. */
  readonly allowed: ReadonlySet<string>;
  /** Of deny rules: of a custom scope its own, and of every SMART scope that covers the access. */
  readonly denied: ReadonlySet<string>;
  /** Of either. */
  readonly all: ReadonlySet<string>;
}

const NO_NAMES: ReadonlySet<string> = new Set();
const NONE: readonly DeniedScope[] = [];

/** The SMART scopes of deny rules that cover an access, or may, whatever scope is presented; a search's filter aside. */
export function deniedScopes(snapshot: Snapshot, query: AtomRequest): readonly DeniedScope[] {
  const named = smartScopesDenied(snapshot, query.action, query.resourceType);
  return named.length === 0 ? NONE : named.filter(({ atom }) => mayMatch(atom, query));
}

/** By which names rules mean an access with a custom scope, or with an atom of a SMART scope; `denied` are SMART scopes whose deny rules hold. */
export function scopeNames(
  snapshot: Snapshot,
  scope: string,
  atom: Atom | null,
  denied: readonly DeniedScope[],
): ScopeNames {
  const allowed = atom === null ? new Set([scope]) : smartScopesCovering(snapshot, atom);
  const own = atom === null ? allowed : NO_NAMES;
  if (denied.length === 0) return { all: allowed, allowed, denied: own };
  const names = new Set([...own, ...denied.map(({ name }) => name)]);
  return { all: new Set([...allowed, ...names]), allowed, denied: names };
}

/** Those of them whose deny rules hold for a search that is narrowed to any of these filters, or for anything else. */
export const notExcluded = (denied: readonly DeniedScope[], filters: readonly Constraint[]): readonly DeniedScope[] =>
  denied.length === 0 || filters.length === 0
    ? denied
    : denied.filter(({ atom }) => !filters.every((filter) => excludes(filter, atom)));

/** Whether a rule is for the access, as to scopes. */
export const meansScope = (names: ScopeNames, { effect, scope }: Pick<Rule, "effect" | "scope">): boolean =>
  scope === "*" || (effect === "ALLOW" ? names.allowed : names.denied).has(scope);
