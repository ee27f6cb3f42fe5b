import { clipped } from "../../kernel/text.ts";
import { findRuleGroups, rolesAllowed } from "../../policy/findRules.ts";
import type { Rule } from "../../policy/types.ts";
import type { DecideFacts } from "../facts.ts";
import { detailsOf, type HeldRoles, holderNamed, rolePath } from "../holds/roles.ts";
import { deniedWithin, scopeNames } from "../holds/scopeNames.ts";
import { spanned, together } from "../holds/spanned.ts";
import type { AccessQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import { listed, moreUnmet, NAMES_LISTED, nameKept, TEXT_KEPT, unmetOf } from "../reasonBounds.ts";
import type { RuleEvaluation } from "../ruleEngine.ts";
import type { AccessCheck } from "../scopeCheck.ts";
import type { AccessRequest } from "../types.ts";

/** How many other roles are looked at to say which would do. */
const ROLES_SCANNED = 16;
/** How many of them a reason names. */
const ROLES_NAMED = 5;

/** Roles that are not held and for which a rule would allow this; true: whatever else holds. */
function rolesThatMay(
  facts: DecideFacts,
  request: AccessRequest,
  action: string,
  names: ReadonlySet<string>,
  held: HeldRoles,
): ReadonlyMap<string, boolean> {
  const question = { scopes: names, action, resourceType: request.resource.type };
  const limits = { scan: ROLES_SCANNED, max: ROLES_NAMED, except: held };
  return rolesAllowed(facts.snapshot, question, limits);
}

function noRule(
  { facts, held, query, request }: AccessQuestion,
  scope: string,
  names: ReadonlySet<string>,
  found: RuleEvaluation,
): Reason {
  const { organization, type } = request.resource;
  const roles = detailsOf(held).direct;
  const unmet = found.conditionFalse.filter((rule) => rule.effect === "ALLOW");
  const needed = rolesThatMay(facts, request, query.action, names, held);
  return reason("NO_MATCHING_RULE", {
    parameters: {
      action: nameKept(request.action),
      ...(needed.size > 0 && ![...needed.values()].includes(true) ? { conditional: true } : null),
      kind: "ACCESS",
      ...listed("moreRoles", roles),
      ...moreUnmet(unmet),
      needs: [...needed.keys()].sort(),
      organization,
      resourceType: nameKept(type),
      roles: roles.length > NAMES_LISTED ? roles.slice(0, NAMES_LISTED) : roles,
      unmet: unmetOf(unmet),
    },
    // Whoever holds a role is not named: the sentence is about the role.
    ...(roles.length === 0 ? { personal: holderNamed(facts.snapshot, request) } : {}),
    role: roles[0] ?? null,
    ruleId: unmet[0]?.id ?? null,
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
        const parameters = { description, kind: "ACCESS" } as const;
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
