import { deniedScopes, deniedWithin, meansScope, scopeNames } from "../../decisions/holds/scopeNames.ts";
import { spanned } from "../../decisions/holds/spanned.ts";
import type { Unknown } from "../../decisions/partial.ts";
import type { Remainder } from "../../decisions/ruleEngine.ts";
import { findRules } from "../../policy/findRules.ts";
import type { Rule } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import type { Confinement } from "../../scopes/confinement.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import type { AccessCondition } from "./accessCell.ts";
import { type Asked, type Place, partialFactsOf } from "./asked.ts";
import { deniedIf, onlyIfAny } from "./ruleConditions.ts";

/** Requests of one kind, in one place. */
export interface Kind {
  readonly asked: Asked;
  readonly place: Place;
  /** As it is asked. */
  readonly action: string;
  /** A type that stands for all of the kind, and the type as conditions see it. */
  readonly resourceType: string;
  readonly type: string | Unknown;
  readonly query: AtomRequest;
  /** By rule, what is left of it: the same for all that differ only in whose the resource is. */
  readonly remainders: Map<string, Remainder>;
  /** Rules that may allow it, as they are found. */
  readonly allowing: Set<Rule>;
  /** Rules that may deny it, as they are found. */
  readonly denying: Set<Rule>;
}

/** What covers requests: an atom of a SMART scope, or several of an export, or none of a custom scope. */
export interface Covering {
  readonly scope: string;
  readonly smart: SmartScope | null;
  readonly atom: Atom | null;
  readonly exported: readonly Atom[];
  readonly within: readonly Confinement[];
}

/** A rule with the name by which it is asked about the action. */
interface Applying {
  readonly rule: Rule;
  readonly action: string;
}

function remainderOf({ asked, place, remainders, type }: Kind, scope: string, { action, rule }: Applying): Remainder {
  const key = `${action} ${scope} ${rule.id}`;
  let found = remainders.get(key);
  if (found === undefined) {
    found = asked.facts.engine.remainder({ rule, scope, action, facts: partialFactsOf(asked, place, type) });
    remainders.set(key, found);
  }
  return found;
}

/** What allow rules ask for; null: none can match. Empty: one always does. */
function allowedIf(kind: Kind, scope: string, rules: readonly Applying[]): readonly AccessCondition[] | null {
  const left = rules.map((each) => ({ rule: each.rule, remainder: remainderOf(kind, scope, each) }));
  const matching = left.filter(({ remainder }) => remainder !== "NEVER");
  if (matching.length === 0) return null;
  const sure = matching.filter(({ remainder }) => remainder === "ALWAYS");
  for (const { rule } of sure.length > 0 ? sure : matching) kind.allowing.add(rule);
  if (sure.length > 0) return [];
  return [onlyIfAny(matching.map(({ remainder }) => remainder))];
}

/** What the rules ask for where a scope covers a request; null: they deny it. */
export function rulesAskFor(kind: Kind, covering: Covering): readonly AccessCondition[] | null {
  const { action, asked, place, query, resourceType } = kind;
  const { snapshot } = asked.facts;
  const { scope, smart, within } = covering;
  const denied = deniedWithin(deniedScopes(snapshot, query), covering, resourceType);
  const names = scopeNames(snapshot, covering, denied);
  const { roles } = place;
  const rulesOn = (on: { readonly action: string; readonly resourceType: string }): readonly Applying[] =>
    findRules(snapshot, { scopes: names.all, roles, ...on })
      .filter((rule) => meansScope(names, rule))
      .map((rule) => ({ rule, action: on.action }));
  const own = rulesOn({ action: query.action, resourceType });
  const also = spanned(snapshot, { asked: action, check: { smart, within }, names: names.all, query, roles }) ?? [];
  const others = also.map((each) => ({ allows: each.allows, rules: rulesOn(each) }));

  const allowing = [own, ...others.filter(({ allows }) => allows).map(({ rules }) => rules)].flat();
  const allowed = allowedIf(
    kind,
    scope,
    allowing.filter(({ rule }) => rule.effect === "ALLOW"),
  );
  if (allowed === null) return null;
  const conditions = [...allowed];
  // Of a search or an export it is known what it may return; of one resource it is not known what it is.
  const isOpen = query.action !== "search" && resourceType !== "*" && within.length === 0;
  for (const each of [...own, ...others.flatMap(({ rules }) => rules)]) {
    const { rule } = each;
    if (rule.effect !== "DENY") continue;
    const of = isOpen ? (denied.find(({ name }) => name === rule.scope)?.atom ?? null) : null;
    const left = deniedIf(remainderOf(kind, scope, each), of, { rule, type: resourceType });
    if (left !== null) kind.denying.add(rule);
    if (left === "NOTHING") return null;
    if (left !== null) conditions.push(left);
  }
  return conditions;
}
