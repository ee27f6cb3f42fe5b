import { resourceTypesNamed } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Rule } from "../../policy/types.ts";
import { EXPORT, EXPORTING } from "../../scopes/exports.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import type { RuleEvaluation } from "../ruleEngine.ts";
import type { AccessCheck } from "../scopeCheck.ts";
import type { HeldRoles } from "./roles.ts";

/** What else an access is. `allows`: rules may allow it by this name; else they can only deny it. */
interface Also {
  readonly action: string;
  readonly resourceType: string;
  readonly allows: boolean;
}

/** The names that rules can have for a search over all types, by what was asked. */
const SYSTEM_SEARCHES: ReadonlyMap<string, string> = new Map([
  ["history-system", "history-system"],
  ["history-type", "history-system"],
  ["search", "search-system"],
  ["search-system", "search-system"],
  ["search-type", "search-system"],
]);

/**
 * What an access that spans types is besides what it says, so that no deny rule is escaped by asking for all at once: the
 * same on each type that rules name, and, of an export by a SMART scope, reading and searching what it takes out. Null: it
 * is what it says and no more.
 */
export function spanned(
  snapshot: Snapshot,
  {
    check,
    names,
    query,
    roles,
    asked,
  }: {
    readonly check: Pick<AccessCheck, "smart" | "within">;
    readonly names: ReadonlySet<string>;
    readonly query: Pick<AtomRequest, "action" | "resourceType">;
    readonly roles: HeldRoles;
    /** The action as it was asked. */
    readonly asked: string;
  },
): readonly Also[] | null {
  const { action, resourceType } = query;
  const isExport = action === EXPORT && check.smart !== null;
  if (!isExport && resourceType !== "*") return null;
  const actions = [action, ...(isExport ? EXPORTING : [SYSTEM_SEARCHES.get(asked) ?? action])];
  const confinedTo = check.within.flatMap(({ condition }) =>
    condition?.type === "resourceType" ? condition.resourceType : [],
  );
  const also = new Map<string, Also>();
  for (const each of actions) {
    const named = [...resourceTypesNamed(snapshot, { scopes: names, roles, action: each })];
    const reached = confinedTo.length === 0 ? named : named.filter((type) => confinedTo.includes(type));
    for (const type of [resourceType, ...reached]) {
      const allows = !isExport && type === "*";
      if (each !== action || type !== resourceType)
        also.set(`${each} ${type}`, { action: each, resourceType: type, allows });
    }
  }
  return [...also.values()];
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

/** Rules each once, by id. */
const unique = (rules: readonly Rule[]): readonly Rule[] =>
  [...new Map(rules.map((rule) => [rule.id, rule])).values()].sort(byId);

/** One answer of several: some allow rule matched that may allow, and no deny rule of any. */
export function together(
  own: RuleEvaluation,
  others: readonly { readonly also: Also; readonly found: RuleEvaluation }[],
): RuleEvaluation {
  const allowing = [own, ...others.filter(({ also }) => also.allows).map(({ found }) => found)];
  const denying = [own, ...others.map(({ found }) => found)];
  const allowedBy = unique(allowing.flatMap((found) => found.allowedBy));
  const deniedBy = unique(denying.flatMap((found) => found.deniedBy));
  const errors = new Map(
    denying.flatMap((found) =>
      found.conditionErrors
        .filter(({ rule }) => rule.effect === "DENY" || allowing.includes(found))
        .map((error) => [error.rule.id, error] as const),
    ),
  );
  return {
    allowed: allowedBy.length > 0 && deniedBy.length === 0,
    allowedBy,
    deniedBy,
    conditionFalse: unique(allowing.flatMap((found) => found.conditionFalse)).filter(({ id }) => !errors.has(id)),
    conditionErrors: [...errors.values()].sort((a, b) => byId(a.rule, b.rule)),
  };
}
