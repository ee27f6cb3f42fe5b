import { Unknown } from "../../decisions/partial.ts";
import type { PartialFacts, RuleEngine } from "../../decisions/ruleEngine.ts";
import type { Rule } from "../../policy/types.ts";
import type { AccessCondition } from "../access/accessCell.ts";
import { consentTo, onlyMeeting, PURPOSE_GIVEN } from "../access/accessWords.ts";
import { deniedIf, onlyIfAny } from "../access/ruleConditions.ts";
import type { Possibility } from "./possibilities.ts";

/** What of rules is not settled by what is known. */
interface Asking {
  readonly engine: RuleEngine;
  readonly facts: PartialFacts;
  readonly action: string;
  readonly resourceType: string;
}

/**
 * What must hold for one of some allow rules to allow it, in one way in which a scope covers it: one of what these rules ask
 * for, and nothing of what deny rules say.
 */
export function conditionsOf(
  { asksConsent, asksPurpose, rules, scope, use }: Possibility,
  allowing: readonly Rule[],
  { action, engine, facts, resourceType }: Asking,
): readonly AccessCondition[] {
  const conditions: AccessCondition[] = [];
  const left = (rule: Rule) => engine.remainder({ rule, scope, action, facts });
  const { constraints } = use;
  // A search is confined to what the constraint selects: that is an obligation, and no condition.
  const isConfined = constraints.length > 0 && constraints.every((constraint) => constraint.length > 0);
  if (action !== "search" && isConfined) conditions.push(onlyMeeting(constraints, resourceType));
  if (asksPurpose && facts.request.purposeOfUse instanceof Unknown) conditions.push(PURPOSE_GIVEN);
  if (asksConsent) conditions.push(consentTo(scope));
  const asked = allowing.map(left);
  if (!asked.includes("ALWAYS")) conditions.push(onlyIfAny(asked));
  for (const rule of rules) {
    const denied = rule.effect === "DENY" ? deniedIf(left(rule), null, { rule, type: resourceType }) : null;
    if (denied !== null && denied !== "NOTHING") conditions.push(denied);
  }
  return conditions;
}
