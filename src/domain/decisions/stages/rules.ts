import { clipped } from "../../kernel/text.ts";
import { type AllowedRoles, findRuleGroups, rolesAllowed } from "../../policy/findRules.ts";
import type { RuleGroup } from "../../policy/ruleGroup.ts";
import type { Rule } from "../../policy/types.ts";
import { isEmergencyUse } from "../emergency.ts";
import { detailsOf, type HeldRoles, holderOfNone, rolePath, rolesNotNow } from "../holds/roles.ts";
import { deniedWithin, scopeNames } from "../holds/scopeNames.ts";
import { spanned, together } from "../holds/spanned.ts";
import type { AccessQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import { listed, missingKept, NAMES_LISTED, nameKept, TEXT_KEPT, unmetOf } from "../reasonBounds.ts";
import type { RuleEvaluation } from "../ruleEngine.ts";
import type { AccessCheck } from "../scopeCheck.ts";
import { apartFromEmergencies, nearestWays, takesEmergency, type UnmetWay } from "../unmetWays.ts";

/** How many other roles are looked at to say which would do. */
const ROLES_SCANNED = 16;
/** How many of them a reason names. */
const ROLES_NAMED = 5;

/** Roles that are not held and for which a rule would allow this; apart, those for which it would in an emergency alone. */
function rolesThatMay({ facts, held, query, request }: AccessQuestion, names: ReadonlySet<string>): AllowedRoles {
  const question = { scopes: names, action: query.action, resourceType: request.resource.type };
  const isApart = (rules: RuleGroup): boolean => !isEmergencyUse(request) && takesEmergency(facts.engine, rules);
  return rolesAllowed(facts.snapshot, question, { scan: ROLES_SCANNED, max: ROLES_NAMED, except: held, isApart });
}

/** The rules that would allow it but for their condition, and what of the request these lack. */
function unmetIn(question: AccessQuestion, scope: string, found: RuleEvaluation) {
  const { conditionFacts, facts, query, request } = question;
  const { engine } = facts;
  const ways = found.conditionFalse.map((rule): UnmetWay => ({ rule, missing: [] }));
  const failed = found.conditionErrors.filter(({ missing }) => missing.length > 0);
  const allowing = [...ways, ...failed].filter(({ rule }) => rule.effect === "ALLOW");
  const { ordinary, emergency } = isEmergencyUse(request)
    ? { ordinary: allowing, emergency: [] }
    : apartFromEmergencies(allowing, engine);
  const asked = { engine, facts: conditionFacts, scope, action: query.action };
  return unmetOf({ ordinary: nearestWays(ordinary, asked), emergency });
}

function noRule(question: AccessQuestion, scope: string, names: ReadonlySet<string>, found: RuleEvaluation): Reason {
  const { facts, held, request } = question;
  const { organization, type } = request.resource;
  const roles = detailsOf(held).direct;
  const { unmet, ...more } = unmetIn(question, scope, found);
  const { apart, roles: needed } = rolesThatMay(question, names);
  const needs = [...needed.keys()].sort();
  const notNow = rolesNotNow(facts, request, { names: needs, organization });
  return reason("NO_MATCHING_RULE", {
    parameters: {
      action: nameKept(request.action),
      ...(needed.size > 0 && ![...needed.values()].includes(true) ? { conditional: true } : null),
      ...(apart.size > 0 ? { emergencyNeeds: [...apart].sort() } : null),
      kind: "ACCESS",
      ...listed("moreRoles", roles),
      ...more,
      needs,
      ...(notNow.length === 0 ? null : { notNow }),
      organization,
      resourceType: nameKept(type),
      roles: roles.length > NAMES_LISTED ? roles.slice(0, NAMES_LISTED) : roles,
      unmet,
    },
    // Whoever holds a role is not named: the sentence is about the role.
    ...(roles.length === 0 ? { personal: holderOfNone(question, organization) } : {}),
    role: roles[0] ?? null,
    ruleId: unmet[0]?.ruleId ?? null,
    scope,
  });
}

const roleOf = (rule: Rule, held: HeldRoles): string | null => (rule.role === "*" ? null : rolePath(held, rule.role));

/** Stage 4 for one scope: some allow rule matches and no deny rule does. */
export function checkRules(question: AccessQuestion, check: AccessCheck): boolean {
  const { conditionFacts, denied, facts, held, query, request } = question;
  const { scope } = check;
  const { action } = query;
  const resourceType = request.resource.type;
  const names = scopeNames(facts.snapshot, check, deniedWithin(denied, check, resourceType));
  const ask = (named: { readonly action: string; readonly resourceType: string }): RuleEvaluation =>
    facts.engine.evaluate({
      candidates: findRuleGroups(facts.snapshot, { scopes: names.all, roles: held, ...named }),
      roles: held,
      scope,
      allowedNames: names.allowed,
      deniedNames: names.denied,
      action: named.action,
      resourceType: named.resourceType,
      facts: conditionFacts,
    });
  const own = ask({ action, resourceType });
  const also = spanned(facts.snapshot, { asked: request.action, check, names: names.all, query, roles: held });
  const found =
    also === null
      ? own
      : together(
          own,
          also.map((each) => ({ also: each, found: ask(each) })),
        );
  const { allowed } = found;
  const reasons: Reason[] = allowed
    ? found.allowedBy.map((rule) => reason("ALLOWED_BY_RULE", { role: roleOf(rule, held), ruleId: rule.id, scope }))
    : found.deniedBy.map((rule) => {
        const description = rule.description === null ? null : clipped(rule.description, TEXT_KEPT);
        const missing = found.conditionErrors.find((failed) => failed.rule === rule)?.missing ?? [];
        const lacks = missing.length === 0 ? null : { missing: missingKept(missing) };
        const parameters = { description, kind: "ACCESS", ...lacks } as const;
        return reason("DENIED_BY_RULE", { parameters, role: roleOf(rule, held), ruleId: rule.id, scope });
      });
  if (!allowed && found.allowedBy.length === 0) reasons.push(noRule(question, scope, names.allowed, found));
  const errors = found.conditionErrors.map(({ rule, message }) => {
    const says = { parameters: { effect: rule.effect }, personal: { error: clipped(message, TEXT_KEPT) } };
    return reason("CONDITION_ERROR", { ...says, role: roleOf(rule, held), ruleId: rule.id, scope });
  });
  check.rules = { allowed, errors, matched: allowed ? found.allowedBy : found.deniedBy, reasons };
  return true;
}
