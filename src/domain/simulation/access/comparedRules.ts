import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, inheritedBy } from "../../decisions/holds/roles.ts";
import { type Json, sameJson } from "../../kernel/canonical.ts";
import type { Rule } from "../../policy/types.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type Finding, regionOf } from "./accessDifference.ts";
import { mayBeAllowed } from "./regionAccess.ts";
import { mayMatchBeside, rulesOn, thatHave } from "./regionRules.ts";

const rolesOf = ({ snapshot }: DecideFacts, role: string): HeldRoles =>
  inheritedBy(snapshot.roles, role === "*" ? [] : [role]);

/** For people: `nurse may read Observation with view_labs`, `nurse may do anything on Observation with view_labs`. */
const said = ({ action, resourceType, role, scope }: Rule): string => {
  const who = role === "*" ? "whoever asks" : role;
  const how = scope === "*" ? "any scope" : scope;
  const what = action === "*" ? "do anything on" : resourceType === "*" ? `${action} on` : action;
  return `${who} may ${what} ${resourceType === "*" ? "any type" : resourceType} with ${how}`;
};
const under = ({ when }: Rule): string => (when === null ? "" : ` if ${when}`);

/** Whether any rule allows part of what a rule reaches: whoever holds its role may hold others. A deny rule on a SMART scope is for every scope. */
function isAllowedBeside({ snapshot }: DecideFacts, { action, effect, resourceType, scope }: Rule): boolean {
  const isAny = scope === "*" || (effect === "DENY" && parseSmartScope(scope) !== null);
  return mayBeAllowed(snapshot, { action, resourceType, roles: null, scope: isAny ? "*" : scope });
}

/** Why a rule that allows may allow more than what allowed before. */
function allowsMore(from: DecideFacts, to: DecideFacts, rule: Rule): string | null {
  const before = thatHave("ALLOW", rulesOn(from.snapshot, rule, rolesOf(from, rule.role)));
  const against = thatHave("DENY", rulesOn(to.snapshot, rule, rolesOf(to, rule.role)));
  const opens = mayMatchBeside(to, rule, { region: rule, unmatched: [...before, ...against] });
  return opens ? `${said(rule)}${under(rule)} (rule ${rule.id})` : null;
}

/** Why a rule that denies denies no more all that it did. */
function deniesLess(to: DecideFacts, rule: Rule): string | null {
  const still = thatHave("DENY", rulesOn(to.snapshot, rule, rolesOf(to, rule.role)));
  if (!mayMatchBeside(to, rule, { region: rule, unmatched: still }) || !isAllowedBeside(to, rule)) return null;
  return `${said(rule)}${under(rule)}, where another rule allows it: rule ${rule.id} no longer denies it`;
}

/** Why an allowed access may come with fewer obligations than a rule asked for. */
function asksLess(to: DecideFacts, rule: Rule): string | null {
  const beside = thatHave("ALLOW", rulesOn(to.snapshot, rule, rolesOf(to, rule.role)));
  const sure = beside.filter(({ when }) => when === null || when === rule.when);
  const lost = rule.obligations.filter(
    (asked) =>
      !sure.some(({ obligations }) =>
        obligations.some((other) => sameJson(other as unknown as Json, asked as unknown as Json)),
      ),
  );
  const [first] = lost;
  return first === undefined || !isAllowedBeside(to, rule)
    ? null
    : `${said(rule)}, and rule ${rule.id} asks no longer for the obligation ${first.type}`;
}

/** What a rule reaches that differs between two policies: itself as it was, and as it is. */
export function* comparedRules(
  from: DecideFacts,
  to: DecideFacts,
  { before, after }: { readonly before: Rule | null; readonly after: Rule | null },
): Generator<Finding> {
  for (const rule of [before, after]) {
    if (rule === null) continue;
    const { action, resourceType, role, scope } = rule;
    const isReachable = parseSmartScope(scope) !== null || scope === "*" || to.snapshot.grantsByScope.has(scope);
    const more = !isReachable
      ? null
      : rule === after
        ? rule.effect === "ALLOW"
          ? allowsMore(from, to, rule)
          : null
        : rule.effect === "DENY"
          ? deniesLess(to, rule)
          : asksLess(to, rule);
    yield { region: regionOf({ action, resourceType, role, scope }), more };
  }
}
