import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, inheritedBy } from "../../decisions/holds/roles.ts";
import { type Json, sameJson } from "../../kernel/canonical.ts";
import type { Rule } from "../../policy/types.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { anyOf, type Finding, isSo, regionKey, regionOf, type Sentences } from "./accessDifference.ts";
import { mayBeAllowed } from "./regionAccess.ts";
import { mayMatchBeside, rulesOn, thatHave } from "./regionRules.ts";

const rolesOf = ({ snapshot }: DecideFacts, role: string): HeldRoles =>
  inheritedBy(snapshot.roles, role === "*" ? [] : [role]);

/** For people: `nurse may read Observation with view_labs`, `whoever asks may do anything on Observation with any scope`. */
const said = ({ action, effect, resourceType, role, scope }: Rule, may = "may"): string => {
  const who = role === "*" ? "whoever asks" : role;
  const isAny = scope === "*" || (effect === "DENY" && parseSmartScope(scope) !== null);
  const how = isAny ? `any scope${scope === "*" ? "" : ` (only what ${scope} covers)`}` : scope;
  const what = action === "*" ? "do anything on" : resourceType === "*" ? `${action} on` : action;
  return `${who} ${may} ${what} ${resourceType === "*" ? "any type" : resourceType} with ${how}`;
};

/** `for TREAT or BTG`, `where subject.organization is north`, `for any purpose`. */
function withValues(member: string, values: readonly string[] | null): string {
  if (member === "purposeOfUse") return `for ${values === null ? "any purpose" : anyOf(values)}`;
  return values === null ? `whatever ${member} is` : `where ${member} is ${anyOf(values)}`;
}

/** Under which condition a rule holds. */
function under({ engine }: DecideFacts, { when }: Rule): string {
  if (when === null) return "";
  const values = engine.compareConditions(null, when);
  return values === null ? ` if ${when}` : ` ${withValues(values.member, values.after)}`;
}

/** Whether any rule allows part of what a rule reaches: whoever holds its role may hold others. A deny rule on a SMART scope is for every scope. */
function isAllowedBeside({ snapshot }: DecideFacts, { action, effect, resourceType, scope }: Rule): boolean {
  const isAny = scope === "*" || (effect === "DENY" && parseSmartScope(scope) !== null);
  return mayBeAllowed(snapshot, { action, resourceType, roles: null, scope: isAny ? "*" : scope });
}

/** Whether a rule that allows may allow more than what allowed before. */
function allowsMore(from: DecideFacts, to: DecideFacts, rule: Rule): boolean {
  const before = thatHave("ALLOW", rulesOn(from.snapshot, rule, rolesOf(from, rule.role)));
  const against = thatHave("DENY", rulesOn(to.snapshot, rule, rolesOf(to, rule.role)));
  return mayMatchBeside(to, rule, { region: rule, unmatched: [...before, ...against] });
}

/** Whether what a rule denied may be denied no more. */
function deniesLess(to: DecideFacts, rule: Rule): boolean {
  const still = thatHave("DENY", rulesOn(to.snapshot, rule, rolesOf(to, rule.role)));
  return mayMatchBeside(to, rule, { region: rule, unmatched: still });
}

/** One rule in two policies, the same but for its condition. */
interface Conditions {
  readonly from: DecideFacts;
  readonly to: DecideFacts;
  readonly before: Rule;
  readonly after: Rule;
}

const backwards = ({ after, before, from, to }: Conditions): Conditions => ({
  from: to,
  to: from,
  before: after,
  after: before,
});

const REACH = ["role", "scope", "action", "resourceType", "effect"] as const;
/** Whether a rule differs in nothing that tells where it holds but its condition. */
const isOtherCondition = (before: Rule, after: Rule): boolean =>
  before.when !== after.when && REACH.every((name) => before[name] === after[name]);

/** The values of a member with which the second rule does what no rule did with the first policy. */
function newValues({ after, from, to }: Conditions, member: string, values: readonly string[]): readonly string[] {
  return values.filter((value) => {
    const rule = { ...after, when: `(${after.when}) && ${member} == ${JSON.stringify(value)}` };
    return rule.effect === "ALLOW" ? allowsMore(from, to, rule) : deniesLess(from, rule);
  });
}

/** `no longer for HOPERAT; still for TREAT`; where the conditions can't be compared by a list of values, both as they are written. */
function conditionText(of: Conditions): string {
  const { after, before, from } = of;
  const found = from.engine.compareConditions(before.when, after.when);
  if (found === null || (found.before === null && found.after === null)) {
    const [was, is] = [before, after].map(({ when }) => (when === null ? "without a condition" : `only if ${when}`));
    return `now ${is}; until now ${was}`;
  }
  const { member } = found;
  const [was, is] = [found.before, found.after];
  if (was === null || is === null)
    return is === null
      ? `now ${withValues(member, null)}; until now only ${withValues(member, was)}`
      : `now only ${withValues(member, is)}; until now ${withValues(member, null)}`;
  const gained = newValues(
    of,
    member,
    is.filter((value) => !was.includes(value)),
  );
  const gone = newValues(
    backwards(of),
    member,
    was.filter((value) => !is.includes(value)),
  );
  const still = [...new Set([...was, ...is])].filter((value) => !gained.includes(value) && !gone.includes(value));
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ["now also", gained],
    ["no longer", gone],
    ["still", still],
  ];
  return parts
    .flatMap(([word, values]) => (values.length === 0 ? [] : `${word} ${withValues(member, values)}`))
    .join("; ");
}

/** What a rule allows, or denies, otherwise than before, if all that differs is its condition. */
function otherCondition(of: Conditions): Sentences {
  const { after } = of;
  const [gained, lost] = [of, backwards(of)].map(conditionText);
  const sentence = (text = ""): string =>
    after.effect === "ALLOW"
      ? `${said(after)}: ${text} (rule ${after.id})`
      : `Rule ${after.id} forbids ${said(after, "to")}: ${text}`;
  return { gained: sentence(gained), lost: sentence(lost) };
}

/** Why an allowed access may come with fewer obligations than a rule asked for. */
function asksLess(to: DecideFacts, rule: Rule): Sentences | null {
  const beside = thatHave("ALLOW", rulesOn(to.snapshot, rule, rolesOf(to, rule.role)));
  const sure = beside.filter(({ when }) => when === null || when === rule.when);
  const lost = rule.obligations.filter(
    (asked) =>
      !sure.some(({ obligations }) =>
        obligations.some((other) => sameJson(other as unknown as Json, asked as unknown as Json)),
      ),
  );
  if (lost.length === 0 || !isAllowedBeside(to, rule)) return null;
  const asked = lost.map(({ parameters, type }) =>
    parameters === null ? type : `${type} ${JSON.stringify(parameters)}`,
  );
  const what = `${said(rule)} without the obligation ${asked.join(" and ")}`;
  return {
    gained: `New: ${what}, for which rule ${rule.id} no longer asks`,
    lost: `No longer: ${what}, for which rule ${rule.id} now asks`,
  };
}

/** What a deny rule that is gone denied. */
const denial = (facts: DecideFacts, rule: Rule): Sentences => {
  const what = `${said(rule)}${under(facts, rule)}`;
  return {
    gained: `New: ${what}, where another rule allows it, as rule ${rule.id} no longer denies it`,
    lost: `No longer: ${what}, as rule ${rule.id} denies it`,
  };
};

type Pair = { readonly before: Rule | null; readonly after: Rule | null };

/** Why more may be allowed where a rule of a pair holds, that is or was. */
function moreBy(
  rule: Rule,
  { after, before }: Pair,
  [from, to]: readonly [DecideFacts, DecideFacts],
): Sentences | null {
  const { scope } = rule;
  if (parseSmartScope(scope) === null && scope !== "*" && !to.snapshot.grantsByScope.has(scope)) return null;
  const orCondition = (whole: () => Sentences): Sentences =>
    before !== null && after !== null && isOtherCondition(before, after)
      ? otherCondition({ from, to, before, after })
      : whole();
  if (rule === after)
    return rule.effect === "ALLOW" && allowsMore(from, to, rule)
      ? orCondition(() => isSo(`${said(rule)}${under(to, rule)} (rule ${rule.id})`))
      : null;
  if (rule.effect === "ALLOW") return asksLess(to, rule);
  return deniesLess(to, rule) && isAllowedBeside(to, rule) ? orCondition(() => denial(to, rule)) : null;
}

/** What is said of a rule as it is and as it was where both hold in one place. */
function together(is: Finding, was: Finding, isSameEffect: boolean): Finding {
  const [one, other] = [is.more, was.more];
  if (one === null || other === null) return { ...is, more: one ?? other };
  const more = isSameEffect
    ? { gained: `${one.gained}. ${other.gained}`, lost: `${one.lost}. ${other.lost}` }
    : { gained: one.gained, lost: other.lost };
  return { ...is, more };
}

/** What a rule reaches that differs between two policies: itself as it was, and as it is. */
export function* comparedRules(from: DecideFacts, to: DecideFacts, pair: Pair): Generator<Finding> {
  const found = [pair.after, pair.before].flatMap((rule) => {
    if (rule === null) return [];
    const { action, resourceType, role, scope } = rule;
    return { region: regionOf({ action, resourceType, role, scope }), more: moreBy(rule, pair, [from, to]) };
  });
  const [is, was] = found;
  if (is !== undefined && was !== undefined && regionKey(is.region) === regionKey(was.region))
    yield together(is, was, pair.before?.effect === pair.after?.effect);
  else yield* found;
}
