import {
  type DeniedScope,
  deniesSmartScopes,
  smartScopesCovering,
  smartScopesDenied,
} from "../../policy/smartRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule } from "../../policy/types.ts";
import { type Constraint, parseConstraint } from "../../scopes/atom.ts";
import { EXPORT, EXPORT_LEVELS, EXPORTING } from "../../scopes/exports.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import { excludes, mayMatch } from "../../scopes/mayMatch.ts";
import type { AccessCheck } from "../scopeCheck.ts";

/** The names of scopes by which rules may mean an access that a scope covers. */
export interface ScopeNames {
  /** Of allow rules: of a custom scope its own, of a SMART scope those within which what covers the access is. */
  readonly allowed: ReadonlySet<string>;
  /** Of deny rules: of a custom scope its own, and of every SMART scope that covers the access. */
  readonly denied: ReadonlySet<string>;
  /** Of either. */
  readonly all: ReadonlySet<string>;
}

const NO_NAMES: ReadonlySet<string> = new Set();
const NONE: readonly DeniedScope[] = [];

/** What an access does to which type, as SMART scopes say it: an export reads and searches what it takes out. */
function doneBy({ action, resourceType }: AtomRequest): readonly (readonly [action: string, resourceType: string])[] {
  const isExport = action === EXPORT && (resourceType === "*" || EXPORT_LEVELS.includes(resourceType));
  return isExport ? EXPORTING.map((each) => [each, "*"] as const) : [[action, resourceType]];
}

/**
 * The SMART scopes of deny rules that cover an access, or may, whatever scope is presented: where it spans types, those on
 * any of them. What it is confined to aside.
 */
export function deniedScopes(snapshot: Snapshot, query: AtomRequest): readonly DeniedScope[] {
  if (!deniesSmartScopes(snapshot)) return NONE;
  return doneBy(query).flatMap(([action, resourceType]) =>
    smartScopesDenied(snapshot, action, resourceType).filter(({ atom }) =>
      resourceType === "*"
        ? mayMatch({ ...atom, constraint: [] }, { ...query, action, resourceType: atom.resourceType })
        : mayMatch(atom, query),
    ),
  );
}

/** What of a scope covers an access: an atom of a SMART scope, or several of an export; of a custom scope none. */
type Covering = Pick<AccessCheck, "atom" | "exported" | "scope">;

function allowedNames(snapshot: Snapshot, { atom, exported, scope }: Covering): ReadonlySet<string> {
  if (atom !== null) return smartScopesCovering(snapshot, atom);
  const [first, ...others] = exported;
  if (first === undefined) return new Set([scope]);
  const rest = others.map((each) => smartScopesCovering(snapshot, each));
  return new Set([...smartScopesCovering(snapshot, first)].filter((name) => rest.every((names) => names.has(name))));
}

/** By which names rules mean an access; `denied` are the SMART scopes whose deny rules hold for it. */
export function scopeNames(snapshot: Snapshot, covering: Covering, denied: readonly DeniedScope[]): ScopeNames {
  const allowed = allowedNames(snapshot, covering);
  const own = covering.atom === null && covering.exported.length === 0 ? allowed : NO_NAMES;
  if (denied.length === 0) return { all: allowed, allowed, denied: own };
  const names = new Set([...own, ...denied.map(({ name }) => name)]);
  return { all: new Set([...allowed, ...names]), allowed, denied: names };
}

/** What a custom scope lets a search return, as constraints; empty: anything. */
function filtersOf(
  { atom, within }: Pick<AccessCheck, "atom" | "within">,
  resourceType: string,
): readonly Constraint[] {
  if (atom !== null) return [atom.constraint];
  return within.map(({ condition }) => {
    const parsed = condition?.type === "constraint" ? parseConstraint(condition.constraint, resourceType) : null;
    return parsed?.ok ? parsed.value : [];
  });
}

/** Those of them whose deny rules hold for a search or an export that is confined as the check says, or for anything else. */
export function deniedWithin(
  denied: readonly DeniedScope[],
  check: Pick<AccessCheck, "atom" | "within">,
  resourceType: string,
): readonly DeniedScope[] {
  if (denied.length === 0 || check.within.length === 0) return denied;
  const types = check.within.flatMap(({ condition }) =>
    condition?.type === "resourceType" ? condition.resourceType : [],
  );
  if (types.length > 0)
    return denied.filter(({ atom }) => atom.resourceType === "*" || types.includes(atom.resourceType));
  const filters = filtersOf(check, resourceType);
  return denied.filter(({ atom }) => !filters.every((filter) => excludes(filter, atom)));
}

/** Whether a rule is for the access, as to scopes. */
export const meansScope = (names: ScopeNames, { effect, scope }: Pick<Rule, "effect" | "scope">): boolean =>
  scope === "*" || (effect === "ALLOW" ? names.allowed : names.denied).has(scope);
