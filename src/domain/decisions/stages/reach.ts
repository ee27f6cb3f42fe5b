import { clipped } from "../../kernel/text.ts";
import { rolesAllowed } from "../../policy/findRules.ts";
import type { RuleGroup } from "../../policy/ruleGroup.ts";
import type { Rule } from "../../policy/types.ts";
import { isEmergencyUse } from "../emergency.ts";
import { cellNames } from "../granting/cellNames.ts";
import { type Cell, cellsOf } from "../granting/cells.ts";
import { noteEmergency } from "../granting/emergencyToGrant.ts";
import { openFacts } from "../granting/openFacts.ts";
import { rulesFor } from "../granting/rulesFor.ts";
import { deniedFor, usesIn } from "../granting/uses.ts";
import { deprecationNotice } from "../holds/lifecycle.ts";
import { holderNamed, holderOfNone, rolePath } from "../holds/roles.ts";
import { Unknown } from "../partial.ts";
import type { GrantQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import { listed, NAMES_LISTED, TEXT_KEPT, unmetOf } from "../reasonBounds.ts";
import type { PartialRuleEvaluation } from "../ruleEngine.ts";
import type { GrantCheck } from "../scopeCheck.ts";
import { apartFromEmergencies, takesEmergency, type UnmetWay } from "../unmetWays.ts";

/** How many other roles are looked at to say which would do. */
const ROLES_SCANNED = 32;
const SHOWN = 5;

/** What the scope can be used for: a request of the cell, which the rule may allow. */
function usable(
  scope: string,
  { place, action, resourceType, typeForConditions }: Cell,
  [rule]: readonly Rule[],
): Reason {
  const parameters = {
    action,
    organization: place.organization instanceof Unknown ? null : place.organization,
    resourceType: typeForConditions instanceof Unknown ? null : resourceType,
  };
  const role = rule === undefined || rule.role === "*" ? null : rolePath(place.roles, rule.role);
  return reason("ALLOWED_BY_RULE", { parameters, role, ruleId: rule?.id ?? null, scope });
}

/** What was found in the cells that no rule opens. */
class Refusals {
  readonly unmet = new Map<string, Rule>();
  readonly denying = new Map<string, Rule>();
  readonly roles = new Set<string>();
  /** Those that would do in an emergency alone. */
  readonly apart = new Set<string>();

  add({ unmet, denying }: PartialRuleEvaluation): void {
    for (const rule of unmet) this.unmet.set(rule.id, rule);
    for (const rule of denying) this.denying.set(rule.id, rule);
  }
}

function noteRoles(
  { facts, request }: GrantQuestion,
  names: ReadonlySet<string>,
  { action, resourceType, place }: Cell,
  found: Refusals,
): void {
  if (found.roles.size >= SHOWN) return;
  const except = { has: (role: string): boolean => place.roles.has(role) || found.roles.has(role) };
  const isApart = (rules: RuleGroup): boolean => !isEmergencyUse(request) && takesEmergency(facts.engine, rules);
  const limits = { scan: ROLES_SCANNED, max: SHOWN - found.roles.size, except, isApart };
  const { apart, roles } = rolesAllowed(facts.snapshot, { scopes: names, action, resourceType }, limits);
  for (const role of roles.keys()) found.roles.add(role);
  for (const role of apart) found.apart.add(role);
}

function noRule(question: GrantQuestion, scope: string, found: Refusals): Reason {
  const { facts, places, request } = question;
  const held = places.flatMap((place) => [...place.roles].filter(([, by]) => by === null).map(([role]) => role));
  const roles = [...new Set(held)];
  const ways = [...found.unmet.values()].map((rule): UnmetWay => ({ rule, missing: [] }));
  const { unmet, ...more } = unmetOf(
    isEmergencyUse(request) ? { ordinary: ways, emergency: [] } : apartFromEmergencies(ways, facts.engine),
  );
  const apart = [...found.apart].filter((role) => !found.roles.has(role)).sort();
  return reason("NO_MATCHING_RULE", {
    parameters: {
      ...(apart.length === 0 ? null : { emergencyNeeds: apart.slice(0, SHOWN) }),
      kind: "GRANT",
      ...listed("moreRoles", roles),
      ...more,
      needs: [...found.roles].sort().slice(0, SHOWN),
      roles: roles.slice(0, NAMES_LISTED),
      unmet,
    },
    personal: roles.length === 0 ? holderOfNone(question) : holderNamed(question),
    role: roles[0] ?? null,
    ruleId: unmet[0]?.ruleId ?? null,
    scope,
  });
}

/**
 * Stage 4 for a scope of a token: there can be a request that the rules would allow with this scope alone. It fails only
 * if there is none, whatever the resource, the organization and all else that is not known yet.
 */
export function checkReach(question: GrantQuestion, check: GrantCheck): boolean {
  const { facts, places } = question;
  const { meanings, problems, scope, smart } = check;
  const found = new Refusals();
  const ended = new Map<string, Reason>();
  let isUsed = false;
  for (const cell of cellsOf(facts.snapshot, meanings, places, cellNames(question, check))) {
    for (const use of usesIn(cell, { meanings, scope, smart }, question, ended)) {
      isUsed = true;
      const denied = deniedFor(cell, use, question);
      const { names, rules } = rulesFor(facts.snapshot, check, cell, { use, denied, asked: cell.action });
      if (!rules.some((rule) => rule.effect === "ALLOW")) {
        noteRoles(question, names.allowed, cell, found);
        continue;
      }
      const { action } = cell;
      const possibility = facts.engine.evaluatePartial({ rules, scope, action, facts: openFacts(question, cell) });
      if (!possibility.canAllow) {
        found.add(possibility);
        noteRoles(question, names.allowed, cell, found);
      } else if (use.consent.lacking !== null) check.lacking ??= use.consent.lacking;
      else {
        check.use = usable(scope, cell, possibility.allowing);
        check.restsOn = {
          place: cell.place,
          role: possibility.allowing[0]?.role ?? "*",
          consentUntil: use.consent.until,
        };
        check.lacking = null;
        noteEmergency(question, check, cell);
        if (use.ending !== null) {
          check.usable = [use.ending];
          check.notice = deprecationNotice(use.ending);
        }
        return true;
      }
    }
  }
  if (!isUsed) problems.push(...ended.values());
  for (const { description, id } of found.denying.values())
    problems.push(
      reason("DENIED_BY_RULE", {
        parameters: { description: description === null ? null : clipped(description, TEXT_KEPT), kind: "GRANT" },
        ruleId: id,
        scope,
      }),
    );
  if (problems.length === 0 && check.lacking === null) problems.push(noRule(question, scope, found));
  return true;
}
