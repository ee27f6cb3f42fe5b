import { findRuleGroups, rolesAllowed } from "../../policy/findRules.ts";
import type { Rule } from "../../policy/types.ts";
import type { ConditionFacts, RuleEvaluation } from "../engine.ts";
import type { DecideFacts } from "../facts.ts";
import { detailsOf, type HeldRoles, rolePath } from "../holds/roles.ts";
import { scopeNames } from "../holds/scopeNames.ts";
import { reason } from "../reason.ts";
import type { AccessRequest, Reason } from "../types.ts";
import type { ScopeStanding } from "./scopes.ts";

/** What stage 4 found for one scope. */
export interface RuleStanding {
  readonly allowed: boolean;
  /** Why it was allowed, or why not. */
  readonly reasons: readonly Reason[];
  /** Conditions that could not be evaluated, whatever the outcome. */
  readonly errors: readonly Reason[];
  readonly matched: readonly Rule[];
}

/** How many other roles are looked at to say which would do. */
const ROLES_SCANNED = 16;
/** How many of them a reason names. */
const ROLES_NAMED = 5;

function where(request: AccessRequest): string {
  const { organization } = request.resource;
  return organization === null ? "for a resource that names no organization" : `in ${organization}`;
}

/** Roles that are not held and for which a rule would allow this, whatever its condition. */
function rolesThatMay(
  facts: DecideFacts,
  request: AccessRequest,
  action: string,
  names: ReadonlySet<string>,
  held: HeldRoles,
): string[] {
  const question = { scopes: names, action, resourceType: request.resource.type };
  const limits = { scan: ROLES_SCANNED, max: ROLES_NAMED, except: held };
  return [...rolesAllowed(facts.snapshot, question, limits)].sort();
}

function noRule(
  facts: DecideFacts,
  request: AccessRequest,
  action: string,
  standing: ScopeStanding,
  names: ReadonlySet<string>,
  held: HeldRoles,
  found: RuleEvaluation,
): Reason {
  const { scope } = standing;
  const who = request.subject === null ? `client ${request.clientId}` : `${request.subject.type} ${request.subject.id}`;
  const roles = detailsOf(held).direct;
  const unmet = found.conditionFalse.filter((rule) => rule.effect === "ALLOW");
  const what = `${scope} for ${request.action} on ${request.resource.type} ${where(request)}`;
  let message =
    roles.length === 0
      ? `${who} holds no role ${where(request)}, and no rule allows everyone ${what}`
      : `role ${roles.join(", ")} lacks ${what}`;
  if (unmet.length > 0)
    message += `; ${unmet.map((rule) => `rule ${rule.id} would allow it if ${rule.when}`).join("; ")}`;
  const may = rolesThatMay(facts, request, action, names, held);
  if (may.length > 0) message += `; it needs the role ${may.join(" or ")}`;
  return reason("NO_MATCHING_RULE", `${message}.`, {
    scope,
    role: roles[0] ?? null,
    ...(unmet[0] === undefined ? {} : { ruleId: unmet[0].id }),
  });
}

const roleOf = (rule: Rule, held: HeldRoles): string | null => (rule.role === "*" ? null : rolePath(held, rule.role));

function allowedBy(rule: Rule, scope: string, held: HeldRoles): Reason {
  const role = roleOf(rule, held);
  const by = role === null ? "for everyone" : `by role ${role}`;
  return reason("ALLOWED_BY_RULE", `${scope} allows it: rule ${rule.id}, ${by}.`, { scope, role, ruleId: rule.id });
}

function deniedBy(rule: Rule, scope: string, held: HeldRoles): Reason {
  const why = rule.description === null ? "" : `: ${rule.description.replace(/\.$/, "")}`;
  const about = { scope, role: roleOf(rule, held), ruleId: rule.id };
  return reason("DENIED_BY_RULE", `Rule ${rule.id} denies it${why}.`, about);
}

function conditionError(rule: Rule, message: string, scope: string, held: HeldRoles): Reason {
  const text = `The condition of rule ${rule.id} (${rule.effect}) could not be evaluated: ${message}.`;
  return reason("CONDITION_ERROR", text, { scope, role: roleOf(rule, held), ruleId: rule.id });
}

/** Stage 4 for one scope: some allow rule matches and no deny rule does. */
export function checkRules(
  facts: DecideFacts,
  request: AccessRequest,
  action: string,
  standing: ScopeStanding,
  held: HeldRoles,
  conditionFacts: ConditionFacts,
): RuleStanding {
  const { scope } = standing;
  const resourceType = request.resource.type;
  const names = scopeNames(facts.snapshot, scope, standing.smart);
  const candidates = findRuleGroups(facts.snapshot, { scopes: names, roles: held, action, resourceType });
  const found = facts.engine.evaluate({
    candidates,
    roles: held,
    scope,
    scopeNames: names,
    action,
    resourceType,
    facts: conditionFacts,
  });
  const errors = found.conditionErrors.map(({ rule, message }) => conditionError(rule, message, scope, held));
  if (found.allowed) {
    const reasons = found.allowedBy.map((rule) => allowedBy(rule, scope, held));
    return { allowed: true, reasons, errors, matched: found.allowedBy };
  }
  const reasons = found.deniedBy.map((rule) => deniedBy(rule, scope, held));
  if (found.allowedBy.length === 0) reasons.push(noRule(facts, request, action, standing, names, held, found));
  return { allowed: false, reasons, errors, matched: found.deniedBy };
}
